"""Where somebody types: `python -m engine` with a formula (command), and without one the REPL (console).

May be imported: command, by engine/__main__.py. Start with command.
"""
