"""From questions to answers that people read: command line, Python functions, files, reports."""
