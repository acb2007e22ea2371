"""Plans and predictions, with all that a reader needs to judge them."""
