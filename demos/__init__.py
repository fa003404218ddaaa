"""Literate scripts: each a lesson that computes what it says, run as `python -m demos.lesson`.

Rooms of their own have lesson and iris; softmax, traversal, derivatives and moons are a file each. both_ways times a
training both ways, surfaces draws. Nothing outside imports them. Start with lesson.
"""
