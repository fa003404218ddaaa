"""`python -m engine`: a formula drawn from the terminal; without a formula the REPL. See shell/command.py."""
import sys

from engine.shell.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
