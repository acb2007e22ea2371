"""Batches: many questions, answered by workers that fail alone and kept in a store."""
