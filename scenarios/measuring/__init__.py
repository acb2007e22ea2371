"""Timing training steps of small models on a GPU with PyTorch, to set the clock by."""
