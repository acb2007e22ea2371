"""Published models: their tables, and the ranges that they span."""
