"""A command in a program that has no stdin, stdout or stderr: ``python -m tests.cli.run_closed stdin ARGUMENT...``."""

import sys

from tipsheet.cli import main

if __name__ == "__main__":
    setattr(sys, sys.argv.pop(1), None)
    main()
