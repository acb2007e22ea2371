"""Plots: pictures, characters in a terminal, and the rows of figures behind them."""
