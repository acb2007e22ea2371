"""Answers to questions: best plans, fronts, least costs, predictions and comparisons."""
