"""Forms of laws: what their coefficients multiply."""
