"""benchmarks/inventing.py and program.py: all that is timed finds the same loss and the same gradient."""
import sys

import pytest

from benchmarks.inventing import TRAINERS, Recorded, agree, measure, texts_of
from benchmarks.processes import Process
from benchmarks.program import Program, Value as Own
from engine import Value

TEXTS = [[0, 1, 2, 0], [0, 3, 0]]


@pytest.fixture(autouse=True)
def limit():
    """The program changes how deep Python may recurse."""
    before = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(before)


@pytest.fixture(scope="module")
def expected():
    trainer = Recorded()
    trainer.prepare(TEXTS)
    return trainer.gradient()


@pytest.mark.parametrize("name", ["eager", "imported", "short"])
def test_gradients_at_two_names_agree(name, expected):
    trainer = TRAINERS[name]()
    trainer.prepare(TEXTS)
    assert agree(trainer.gradient(), expected, 1e-9)


@pytest.mark.parametrize("name", ["c", "c-fast", "torch", "torch32"])
def test_others_agree_in_processes_of_their_own(name):
    """What is compiled with -Ofast changes the arithmetic of the whole process."""
    process = Process("benchmarks.inventing", name, TRAINERS[name].packages)
    absent = process.absent
    found = None if absent else process.ask(1, 0)
    process.end()
    if absent:
        pytest.skip(f"{name}: {absent}")
    assert agree(found, measure(Recorded(), 1, 0), TRAINERS[name].exact)


def test_a_wrong_gradient_is_seen(expected):
    loss, slopes = expected
    largest = max(range(len(slopes)), key=lambda i: abs(slopes[i]))
    assert not agree((loss * (1 + 1e-8), slopes), expected, 1e-9)
    assert not agree((loss, [x * (1 + 1e-8 * (i == largest)) for i, x in enumerate(slopes)]), expected, 1e-9)


def test_the_program_trains_alike_on_either_class():
    losses = [[program.step([0, 1, 2, 0], step) for step in (1, 2, 3)] for program in (Program(Own), Program(Value))]
    assert losses[0] == pytest.approx(losses[1], rel=1e-9) and losses[0][2] < losses[0][0]


def test_steps_lower_the_loss_alike():
    losses = []
    for name in "recorded", "eager":
        trainer = TRAINERS[name]()
        trainer.prepare(TEXTS)
        for _ in range(3):
            trainer.step()
        losses.append(trainer.gradient()[0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-9) and losses[0] < 3.0


def test_names_are_as_long_as_the_census_has_them():
    texts = texts_of(64)
    assert texts == texts_of(64) and len(texts) == 64 and {len(text) - 2 for text in texts} <= {*range(2, 12)}
