"""Codes in, words in three languages out."""
