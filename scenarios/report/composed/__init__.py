"""The report of each answer: its sections with their lines and tables, before rendering."""
