"""Answers to questions: plans, fronts, targets, comparisons and what lies around them."""
