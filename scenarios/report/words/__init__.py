"""Sentences that reports are made of."""
