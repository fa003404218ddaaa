"""The two programs are read, not collected."""
collect_ignore = ["mistakes.py", "program.py"]
