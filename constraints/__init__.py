"""What may be built: counts, budgets, accelerators, the design space and its limits."""
