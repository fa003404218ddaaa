"""Sizes: ten million values, a depth of a million, a million parents of one node, 100,000 names; and all memory back.

    python -m proofs.sizes

Each size is built, differentiated, checked and freed in a process of its own; that a size is no accident of what the
process had before is seen by doing it twice: the second time must need no more memory than the first, and what is in
use afterwards must be what it was between them.
"""
from __future__ import annotations

import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable


def values(n: int) -> None:
    """n values: sums of products, a few operations deep."""
    from engine import Value, fsum
    w = Value(2.0, "w")
    total = fsum([(w * 0.5 + 1.0) * w for _ in range(n // 3)])
    total.backward()
    assert total.data == 4.0 * (n // 3) and w.grad == 3.0 * (n // 3)


def depth(n: int) -> None:
    """A chain of n operations, whose derivative is known."""
    from engine import Value, derivative
    x = v = Value(1.0, "x")
    for _ in range(n):
        v = v + x
    v.backward()
    assert v.data == x.grad == n + 1.0
    assert derivative(v, x).data == n + 1.0


def parents(n: int) -> None:
    """One node of n parents, for each kind of row that can have so many."""
    from engine import Value, affine, fsum, logsumexp, maximum
    xs = [Value(float(i % 7)) for i in range(n)]
    fsum(xs).backward()
    assert all(x.grad == 1.0 for x in xs)
    for z in logsumexp(xs), maximum(xs), affine(xs, [1.0] * n, 0.0), Value.softmax(xs, 0):
        z.backward()


def names(n: int) -> None:
    """n names, of a list and by hand."""
    from engine import Value, fsum, label, table
    xs = [Value(1.0) for _ in range(n)]
    label(xs=xs)
    assert xs[-1].label == f"xs[{n - 1}]"
    for i, x in enumerate(xs):
        x.label = f"name_{i}"
    z = fsum(xs)
    z.backward()
    assert str(table(z))


SIZES: dict[str, tuple[Callable[[int], None], int]] = {
    "values": (values, 10_000_000), "depth": (depth, 1_000_000), "parents": (parents, 1_000_000),
    "names": (names, 100_000)}


def in_use() -> int:
    """The bytes of memory that this process has; where the system does not say, the most that it had."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def most() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(name: str) -> None:
    """Do it twice; print what it took. Errors: AssertionError where memory does not return."""
    act, n = SIZES[name]
    import engine
    blocks, used, peaks, start = [sys.getallocatedblocks()], [in_use()], [], time.process_time()
    for _ in range(2):
        act(n)
        gc.collect()
        blocks.append(sys.getallocatedblocks())
        used.append(in_use())
        peaks.append(most())
    print(f"{name} {n:,}: {time.process_time() - start:.1f} s of the processor, twice, on the {engine.core} core; "
          f"at most {peaks[1] / 1e9:.2f} GB; in use before {used[0] / 1e6:.0f} MB, after {used[1] / 1e6:.0f} and "
          f"{used[2] / 1e6:.0f} MB", flush=True)
    assert blocks[2] <= blocks[1] + 1000, f"objects stay: {blocks}"
    assert peaks[1] <= 1.1 * peaks[0] and used[2] <= 1.1 * used[1] + 2e7, f"memory stays: {used}, {peaks}"
    assert used[1] - used[0] <= 0.1 * (peaks[0] - used[0]) + 5e7, f"memory does not return: {used}, {peaks}"


def main() -> int:
    if sys.argv[1:]:
        measure(sys.argv[1])
        return 0
    codes = [subprocess.run([sys.executable, "-m", "proofs.sizes", name]).returncode for name in SIZES]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
