"""Sums of positive monomials, the limits written in them, and numbers as people type them."""
