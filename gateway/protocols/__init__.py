"""Translations between what clients speak and what conversations hear and tell."""
