"""One command a file. Each imports what it needs only when it runs, so that --help is instant."""
