"""The commands, one in each file.

Each imports what it needs only when it runs, so that `--help` is instant.
"""
