"""Models that were published: their tables, and the ranges that they span."""
