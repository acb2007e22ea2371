"""The entry point of `python -m flopwise` and of the command `flopwise`."""

from scenarios.cli import main

if __name__ == "__main__":
    main()
