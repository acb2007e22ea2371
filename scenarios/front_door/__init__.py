"""The functions of the package `flopwise`, their results, and the answering behind all commands."""
