"""Options of the command line, made from the vocabulary, and files to write."""
