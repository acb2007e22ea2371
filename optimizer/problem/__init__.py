"""A region and a law, compiled to arrays over a lattice."""
