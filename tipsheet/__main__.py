"""``python -m tipsheet`` is the command line."""

from tipsheet.cli import main

if __name__ == "__main__":
    main(prog_name="tipsheet")
