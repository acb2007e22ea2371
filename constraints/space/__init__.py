"""Lattices of designs, the limits on their shape, and the feasible region."""
