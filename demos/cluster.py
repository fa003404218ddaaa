"""Training on a cluster: the lesson's network learns ten million flowers, on one process and on many, to the same bits.

`python -m demos.cluster` runs it; `--rows` and `--workers` say how many. The flowers are made where they are used, from
the seed and the number of their portion. Workers are processes of this machine; where they are does not matter to what
they find, and a Client("scheduler:8786") takes the place of the one below.
"""
import argparse
import sys
from statistics import median
from time import perf_counter

import nn
from demos.lesson.page import next_step, section

SEED, PORTION, STEPS = 1, 50_000, 5
CENTRES  = (0.04, 0.42), (0.5, 0.37), (1.0, 0.54)    # petal and sepal width of the lesson's three flowers
NUMBERS  = (-2.5, 0.6, 1.6,   -1.5, 0.4, 0.7,                        # of its network, before b3 is learnt
            -0.1, 1.5, -2.0,   2.4, -5.2, 0.0,   -2.2, 3.7, 1.0)


def portions(first, count):
    """Portions of flowers, by their numbers: petal and sepal width, and the number of the species."""
    import numpy
    parts = []
    for number in range(first, first + count):
        random  = numpy.random.default_rng([SEED, number])
        species = random.integers(0, 3, PORTION)
        widths  = numpy.array(CENTRES)[species] + random.normal(0, 0.15, (PORTION, 2))
        parts.append(numpy.column_stack([widths, species]))
    return numpy.concatenate(parts)


class Clock:
    """The seconds of each step, told by the epochs' ends; the first one, which prepares, apart."""

    def __init__(self):
        self.times = [perf_counter()]

    def on_epoch(self, run):
        self.times.append(perf_counter())

    @property
    def seconds(self):
        return median([after - before for before, after in zip(self.times[1:], self.times[2:])])


def trained(rows, species, **settings):
    """The network after some steps on all rows: its parameters, its losses, the seconds of a step."""
    model, clock = nn.MLP(2, [2, 3]), Clock()
    for p, number in zip(model.parameters(), NUMBERS, strict=True):
        p.data = number
    history = nn.fit(model, nn.cross_entropy, rows, species, epochs=STEPS, callbacks=[clock],
                     optimiser=nn.SGD(model.parameters(), lr=0.1), progress=False, **settings)
    return [p.data for p in model.parameters()], history["steps"]["loss"], clock.seconds


def main():
    parser = argparse.ArgumentParser(prog="python -m demos.cluster", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000, metavar="N", help="so many flowers (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="so many processes (%(default)s)")
    options = parser.parse_args()
    if options.rows < 1 or options.workers < 1:
        parser.error(f"--rows and --workers are at least 1, not {min(options.rows, options.workers)}")
    sys.stdout.reconfigure(errors="replace")         # a terminal without · shows a ? in its place
    try:
        from dask import delayed
        from dask.array import concatenate, from_delayed
        from distributed import Client, LocalCluster
    except ImportError as error:
        sys.exit(print(f"Nothing is shown, for {error.name} is not installed: pip install 'glassgrad[cluster]'"))
    count = max(options.rows // PORTION, 1)
    each  = max(count // (4 * options.workers), 1)
    print("Many Machines, the Same Bits")

    section("1. The Flowers", f"""\
{count * PORTION:,} flowers: petal and sepal width around those of the lesson's three, and the species. They are a Dask
array that says how to make them; a portion of {PORTION:,} is made of the seed and its number, by whoever needs it.""")
    chunks = [(k, min(each, count - k)) for k in range(0, count, each)]
    table  = concatenate([from_delayed(delayed(portions)(*chunk), (chunk[1] * PORTION, 3), float) for chunk in chunks])
    rows, species = table[:, :2], table[:, 2].astype(int)

    section("2. One Process", f"{STEPS} steps of gradient descent on the mean cross-entropy, each on all flowers:\n")
    local = portions(0, count)
    alone, losses, seconds = trained(local[:, :2], local[:, 2].astype(int))
    del local
    for step, loss in enumerate(losses):
        print(f"    step {step}    loss {loss:.6f}")
    print(f"\n    {count * PORTION / seconds / 1e6:8.1f} million rows a second")
    assert losses[-1] < losses[0]

    section("3. Workers", f"""\
The same call with cluster=client, on {options.workers} processes of one thread. They make the flowers, keep them, and
send the sums of runs of rows, which are added here in the order of their number.
""")
    with LocalCluster(n_workers=options.workers, threads_per_worker=1, dashboard_address=":0") as cluster:
        with Client(cluster) as client:
            together, losses_there, seconds_there = trained(rows, species, cluster=client)
    print(f"    {count * PORTION / seconds_there / 1e6:8.1f} million rows a second, "
          f"{seconds_there / seconds:.2f} times the time of the one process, which has as many threads as pay")

    section("4. The Same Bits", "The first parameters, here and there:\n")
    for here, there in [*zip(alone, together)][:4]:
        print(f"    {here!r:>22}    {there!r:>22}")
    assert alone == together and losses == losses_there
    print(f"\nAll {len(alone)} parameters and {len(losses)} losses are equal, to the last bit.")
    next_step("replay.on(client) for a graph of your own")


if __name__ == "__main__":                           # workers import this file too
    main()
