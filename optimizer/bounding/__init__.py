"""Upper bounds of the score: over boxes of designs, and over the continuous problem."""
