"""One self-contained page: its parts in Python, its script and its style as files."""
