"""`python -m flopwise`, and the command `flopwise`."""

from scenarios.cli import main

if __name__ == "__main__":
    main()
