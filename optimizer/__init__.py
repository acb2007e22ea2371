"""What is best: laws, bounds, the exact search over a feasible region, and its certificate."""
