"""Proofs as documents that somebody else can check: the problem, and what became of every box."""
