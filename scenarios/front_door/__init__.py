"""The functions behind the package `flopwise` and the command line, and what they return."""
