"""A transformer: its sizes, its parameters, its FLOPs."""
