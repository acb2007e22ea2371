"""Accelerators, and the share of their peak that training reaches."""
