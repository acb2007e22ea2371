"""Design spaces: lattices of designs, limits on their shape, and the region a budget allows."""
