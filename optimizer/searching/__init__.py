"""Searches over boxes of a lattice that end in a proof."""
