"""A transformer: its sizes, its parameters and its FLOPs."""
