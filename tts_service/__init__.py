"""Sentences to speech."""
