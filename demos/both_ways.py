"""Training timed two ways in one run: with the loss recorded once and replayed, and with a graph for each row."""
from math import isclose
from time import perf_counter

import nn


def both_ways(model, loss, rows, targets, optimiser, steps=20, rounds=3):
    """Milliseconds for one of some steps of nn.fit on all rows, replayed and eager: the shortest of some rounds.

    The steps are taken in turn from the model's numbers, which come back; `optimiser` makes one from parameters. The
    time to record the loss is among that of the steps. Both find the same derivatives, or it is an AssertionError.
    """
    parameters = model.parameters()
    start = [p.data for p in parameters]
    times, grads = {False: [], True: []}, {}
    for eager in (False, True) * rounds:
        for count in (1, steps):
            for p, number in zip(parameters, start):
                p.data = number
            begin = perf_counter()
            nn.fit(model, loss, rows, targets, optimiser=optimiser(parameters), epochs=count, eager=eager or None,
                   progress=False)
            took = 1000 * (perf_counter() - begin) / count
            if count == 1:
                grads[eager] = [p.grad for p in parameters]
        times[eager].append(took)
    for p, number in zip(parameters, start):
        p.data = number
    small = 1e-12 * max(map(abs, grads[True]))
    assert all(isclose(one, other, rel_tol=1e-9, abs_tol=small) for one, other in zip(grads[False], grads[True]))
    return min(times[False]), min(times[True])
