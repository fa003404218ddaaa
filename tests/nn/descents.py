"""Numbers for the tests of optimisers, and the path of a parameter that one moves."""
from hypothesis import strategies as st

from engine import Value
from nn import SGD, Adam, AdamW

numbers    = st.floats(-100.0, 100.0)
gradients  = st.lists(st.just(0.0) | numbers, min_size=1, max_size=6)
optimisers = [SGD, Adam, AdamW]


def run(optimiser, start, gs, backend="", **arguments):
    """The numbers that a parameter takes, step by step."""
    p = Value(start)
    steps, path = optimiser([p], **arguments), []
    steps.backend = backend
    for g in gs:
        p.grad = g
        steps.step()
        path.append(p.data)
    return path
