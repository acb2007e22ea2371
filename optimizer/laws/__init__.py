"""Laws: what a plan scores, and how far to trust that."""
