"""Pages: reports with plots as self-contained HTML files, from Python, a script and a style."""
