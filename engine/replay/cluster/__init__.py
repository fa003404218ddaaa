"""A replay on many machines, by Dask: the same bits, whoever computes them.

Rows are summed in runs, of which row number and program alone say where they begin. A cluster's workers sum up whole
runs (work), of blocks of rows that are made of a Dask array or frame (blocks); here they are added in the order of
their number. So neither the number of workers, nor the chunks, nor who came first changes a sum. May be imported:
Cluster, by Replay.on, and Blocks, by nn. Start with Cluster.
"""
from __future__ import annotations

from time import perf_counter

from engine.errors import brief, described
from engine.replay.backends import choose
from engine.replay.cluster import work
from engine.replay.cluster.blocks import FEWEST, Blocks, Lengths, array_of, blocks_of, dask, whole_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from engine.replay.tape import Tape

LARGE = 100_000                                      # bytes of leaves that are not sent with each task, but once


class Cluster:
    """Runs a tape on rows that are on a Dask cluster, as other backends do on rows in memory.

    Errors: ImportError without Dask, here or there; TypeError and ValueError for a client and workers that do not fit.
    """

    name = "cluster"

    def __init__(self, tape: Tape, backend: str, client: Any, *, threads: int = 0, kernels: str = "") -> None:
        self.tape, self.client = tape, checked(client)
        kinds        = kinds_of(client)
        self.kernels = common_kernels(kinds, backend, kernels)
        self.room    = sum([kind["room"] for kind in kinds.values()])        # bytes of memory
        self.here    = choose(tape, backend, 1, self.kernels)        # adds up what came
        self.program = work.packed(tape, backend, self.kernels, threads)
        self.lengths = Lengths(client)
        self.labels  = [v.label for v in tape.leaves[:tape.width]]
        self.sent: Any = None                        # the program, which each worker is sent once

    @property
    def run(self) -> int:
        """How many rows a run has; row i belongs to run i // run."""
        return self.here.run  # type: ignore[no-any-return]

    @property
    def threads(self) -> int:
        """How many tasks run at once."""
        counts: dict[str, int] = self.client.nthreads()
        return max(sum(counts.values()), 1)

    # Rows -----------------------------------------------------------------------------------------------------------

    def read(self, rows: Any) -> Any:
        """Rows as a Dask array with chunks of known lengths; blocks as they are."""
        return rows if isinstance(rows, Blocks) else array_of(rows, self.labels, self.lengths)

    def blocks(self, rows: Any) -> Blocks:
        """Rows that were read, in blocks of whole runs."""
        return rows if isinstance(rows, Blocks) else blocks_of(whole_runs(rows, self.run, self.threads))

    def kept(self, blocks: Blocks) -> Blocks:
        """The blocks, computed once and kept on the workers for as long as they live here."""
        return Blocks(self.client.compute(blocks.parts), blocks.lengths, blocks.pieces)

    # What other backends do -------------------------------------------------------------------------------------------

    def values(self, rows: Any, leaves: Sequence[float]) -> Any:
        """The outputs for each row, as a Dask array in the chunks of the rows, yet to be computed."""
        return values(rows, self.program, leaves, len(self.tape.outputs))

    def gradient(self, rows: Any, leaves: Sequence[float]) -> list[float]:
        """The sums over all rows of the first output and of its slope by each leaf."""
        blocks = self.blocks(rows)
        sums   = self.summed(blocks, leaves, self.here)
        if sums is None:                             # floats have to find them, as they do in one process
            sums = self.summed(blocks, leaves, self.here.floats)
        return sums or [0.0] * (1 + len(self.tape.leaves))

    def summed(self, blocks: Blocks, leaves: Sequence[float], runner: Any) -> list[float] | None:
        """The sums that a runner finds of what the pieces of the blocks add to them, in order, as they come.

        Errors: that of the first row that has one.
        """
        by_floats = runner is not self.here
        parts = [(*part, by_floats) for part in zip(blocks.parts, blocks.firsts, blocks.pieces) if part[2]]
        so_far: list[Any] = []                       # one partial, so that the rows' number takes no memory here

        def take(found: Any) -> None:
            so_far[:] = [runner.joined([*so_far, *[partial for _, partial in found]])]

        self.hand(take, work.sums, parts, leaves)
        return runner.total(so_far, leaves)  # type: ignore[no-any-return]

    def least(self, blocks: Blocks, leaves: Sequence[float]) -> int:
        """How many rows a step needs so that all workers are faster than one alone, measured here and now."""
        run, steps = self.run, []
        rows  = min(max(blocks.lengths), FEWEST * run)
        some  = blocks.parts[list(blocks.lengths).index(max(blocks.lengths))]
        (pace,) = self.each(work.pace, [(some, rows)], leaves)
        for _ in range(3):                           # empty ones
            start = perf_counter()
            self.each(work.sums, [(part, 0, ()) for part in blocks.parts[:self.threads]], leaves)
            steps.append(perf_counter() - start)
        share = 1 - 1 / max(self.threads, 2)         # of the time for its rows that a step can save
        return -(-int(min(steps) / (pace * share)) // run) * run

    # Sending and waiting ----------------------------------------------------------------------------------------------

    def each(self, function: Callable[..., Any], parts: Sequence[tuple[Any, ...]],
             leaves: Sequence[float]) -> list[Any]:
        """What a function of the program, the leaves and a part finds for each. Errors: the first that one gives."""
        found: list[Any] = []
        self.hand(found.append, function, parts, leaves)
        return found

    def hand(self, take: Callable[[Any], object], function: Callable[..., Any], parts: Sequence[tuple[Any, ...]],
             leaves: Sequence[float]) -> None:
        """Hand on what it finds for each part, in order, as it comes.

        Errors: the first that one gives. Then, and interrupted, what still runs is cancelled.
        """
        futures = self.submitted(function, parts, self.once(work.numbers_of(leaves)))[::-1]
        try:
            while futures:
                found = self.client.gather(futures[-1])
                if isinstance(found, BaseException):
                    raise found
                take(found)
                del futures[-1]                      # now the worker may forget it too
        except BaseException:
            self.client.cancel(futures)
            raise

    def once(self, content: bytes) -> Any:
        """What is sent as it is, if it is short, and otherwise once to each worker."""
        return content if len(content) < LARGE else self.client.submit(bytes, content, pure=False)

    def submitted(self, function: Callable[..., Any], parts: Sequence[tuple[Any, ...]], leaves: Any) -> list[Any]:
        """The tasks of a step, one for each part."""
        client = self.client
        self.sent = self.sent or client.submit(tuple, self.program, key=f"program-{self.program[0]}")
        calls = [(self.sent, leaves, *part) for part in parts]
        if all([isinstance(part, dask("distributed").Future) for part, *_ in parts]):        # they are on workers
            return client.map(function, *zip(*calls), pure=False) if calls else []
        delayed = dask("dask").delayed(function, pure=False)
        return client.compute([delayed(*call) for call in calls])  # type: ignore[no-any-return]


def values(array: Any, program: work.Program, leaves: Sequence[float], outputs: int) -> Any:
    """The outputs of a program for each row of a Dask array, as a Dask array that is yet to be computed."""
    from numpy import empty
    sent = dask("dask").delayed(program, pure=True, name=f"program-{program[0]}", traverse=False)
    return array.map_blocks(work.outputs, sent, work.numbers_of(leaves), chunks=(array.chunks[0], (outputs,)),
                            meta=empty((0, outputs)))


def common(tape: Tape, backend: str) -> work.Program:
    """A program for whoever computes what is lazy: for the workers of the client that is connected, if there is one."""
    clients = dask("distributed.client")
    client  = clients._get_global_client()
    return work.packed(tape, backend, common_kernels(kinds_of(client), backend, "") if client else "", 0)


def checked(client: Any) -> Any:
    """The client. Errors: TypeError for what is none, ValueError for one that is closed."""
    known = dask("distributed").Client
    if not isinstance(client, known) or client.asynchronous:
        raise TypeError(f"replay.on(client) needs a dask.distributed.Client that waits; {brief(client)} is "
                        f"{described(client)}; write Client(address)")
    if client.status != "running":
        raise ValueError(f"replay.on(client) needs a client that is connected; it is {client.status}; make a new one")
    return client


def kinds_of(client: Any) -> dict[str, Any]:
    """What each worker can run. Errors: ValueError where there are none, ImportError for one without the engine."""
    try:
        kinds: dict[str, Any] = client.run(work.kind)
    except ImportError as error:
        raise ImportError(f"replay.on(client) needs this engine on each worker; a worker says: {error}") from error
    if not kinds:
        raise ValueError("replay.on(client) needs workers; there are none yet: client.wait_for_workers(1)")
    return kinds


def common_kernels(kinds: dict[str, Any], backend: str, asked: str) -> str:
    """The best kernels that all processes have; none for a backend without.

    Errors: ValueError where some worker has not what is needed.
    """
    if backend != "native":
        return ""
    here = work.kind()
    for worker, there in kinds.items():
        if there["form"] != here["form"]:
            raise ValueError(f"replay.on(client) needs the same compiled core everywhere; worker {worker} has "
                             f"{'another' if there['kernels'] else 'none'}; install the same version there, or write "
                             "Replay(..., backend='numpy')")
    common = [kernels for kernels in here["kernels"] if all([kernels in there["kernels"] for there in kinds.values()])]
    if asked and asked not in common:
        raise ValueError(f"replay.on(client) needs kernels that all processes have, {' or '.join(common)}; {asked!r} "
                         "came")
    return asked or common[0]
