"""Utterances to transcripts."""
