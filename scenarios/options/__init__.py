"""Options of the command line: those made from the vocabulary, and those that name output files."""
