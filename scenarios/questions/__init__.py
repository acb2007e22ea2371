"""What is asked: scenarios, goals and trade-offs, and how they are resolved."""
