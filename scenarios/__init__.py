"""What people touch: scenarios, the command line, tables and files."""
