"""Literate scripts: each a lesson that computes what it says, run as `python -m demos.lesson`."""
