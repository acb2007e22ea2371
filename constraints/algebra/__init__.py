"""Posynomials (sums of positive monomials), limits written in them, and numbers as people type."""
