"""Questions: scenarios, goals and trade-offs, and all that a scenario comes to."""
