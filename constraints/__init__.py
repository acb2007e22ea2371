"""What may be built: architectures, budgets, accelerators, the design space and its limits."""
