"""Literate scripts: each a lesson that computes what it says, run as `python -m demos.lesson`.

Rooms of their own have lesson, iris and names; softmax, traversal, derivatives, optimisers, minimising, moons and
cluster are a file each. both_ways times a training both ways, beside times it beside others, surfaces draws. Nothing
outside imports them. Start with lesson.
"""
import os
import sys


def hook(kind, error, traceback):
    """Whoever closes the pipe that a demo prints into has seen enough, and wants no traceback."""
    if issubclass(kind, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    else:
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = hook
