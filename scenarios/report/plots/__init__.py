"""Plots: pictures, plots of characters for a terminal, and the figures that they show."""
