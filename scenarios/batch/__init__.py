"""Many scenarios at once: a store that loses nothing, workers that fail alone."""
