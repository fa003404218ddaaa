"""Every engine that is there computes the sum and the gradient that it is timed for."""
import pytest

from benchmarks.batched import REPLAYERS
from benchmarks.processes import Process
from benchmarks.replayers import SIZES, WORKS, rows_of
from benchmarks.replaying import agree, measure

pytest.importorskip("numpy")


@pytest.mark.parametrize("name", [name for name in REPLAYERS if name != "floats"])
def test_sums_and_gradients_are_those_of_the_replay_over_floats(name):
    """In a process of its own: what is compiled with -ffast-math changes the arithmetic of the whole process."""
    process = Process("benchmarks.replaying", name, REPLAYERS[name].packages)
    absent = process.absent
    found = {} if absent else {work: process.ask(work, 12, 0) for work in WORKS}
    process.end()
    if absent:
        pytest.skip(f"{name}: {absent}")
    for work in WORKS:
        assert agree(found[work], measure(REPLAYERS["floats"](), work, 12, 0))


@pytest.mark.parametrize("work", WORKS)
def test_a_wrong_gradient_is_seen(work):
    total, slopes, _ = measure(REPLAYERS["floats"](), work, 12, 0)
    largest = max(range(len(slopes)), key=lambda i: abs(slopes[i]))
    for wrong in ([total * (1 + 1e-8), slopes],
                  [total, [x * (1 + 1e-8 * (i == largest)) for i, x in enumerate(slopes)]]):
        assert not agree(wrong, (total, slopes))


@pytest.mark.parametrize("work", WORKS)
def test_rows_are_the_same_at_any_time_and_have_a_class_or_a_sign(work):
    rows = rows_of(WORKS[work], SIZES[0])
    assert (rows == rows_of(WORKS[work], SIZES[0])).all()
    assert rows.shape == (150, 3 if work == "R3" else 5)
    assert (abs(rows[:, 2:]).sum(axis=1) == 1.0).all()
