"""What is asked around an optimum: fronts, targets, near-equal plans, sensitivities."""
