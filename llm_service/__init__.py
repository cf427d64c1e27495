"""Turns to sentences."""
