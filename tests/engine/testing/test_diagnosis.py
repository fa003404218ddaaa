"""engine/testing/diagnosis.py: what numbers say of a graph's derivatives, and the row that is wrong."""
import pytest
from hypothesis import example, given

from engine import Op, Value, maximum, relu
from engine.errors import GradientError
from engine.graph import postorder
from engine.testing import Graph, graphs
from engine.testing.diagnosis import numeric
from engine.testing.slopes import SMALLEST
from tests.engine.reference import path_sizes


def row(*formulas, name):
    """A row that no other test finds in the table."""
    made = Op(*formulas, name=name)
    del Op.table[name]
    return made


STEEP = row("x if x > 0 else 2 * x", "3", name="steep")
SQUARE = row("x * x", "2 * x", name="square")
WRONG = row("x * x", "2.001 * x", name="wrong_square")


@given(graphs())
@example((lambda a: Graph(Value.dot([a], [a])))(Value(1.1125369292536007e-308)))
def test_numbers_find_what_backward_finds(graph):
    known, sizes = numeric(graph.root, 1e-8), path_sizes(graph.root)
    assert known.wrong == ""
    if any(abs(d) >= SMALLEST for v in postorder(graph.root) for d in v.partials):
        assert "complex step" in known.ways
    try:
        graph.root.backward()
    except GradientError:
        assert known.missing
    else:
        for x in graph.leaves:
            assert abs(known.slopes[x] - x.grad) <= 1e-12 * sizes[x] + 1e-300
            assert abs(known.sizes[x] - sizes[x]) <= 1e-6 * sizes[x] + 1e-300


@given(graphs(["add", "mul", "tanh", "exp", "relu", "maximum"], size=5))
def test_a_wrong_row_is_named_wherever_it_stands_and_numbers_are_right_without_it(graph):
    wrong, right = graph.root + WRONG(graph.root + 1.25), graph.root + SQUARE(graph.root + 1.25)
    known, sound = numeric(wrong, 1e-8), numeric(right, 1e-8)
    if graph.root.data != -1.25:
        assert known.wrong.startswith("The row wrong_square is wrong: its formula 'x * x' has slope")
        for x in graph.leaves:
            assert abs(known.slopes[x] - sound.slopes[x]) <= 1e-9 * sound.sizes[x] + 1e-300


@pytest.mark.parametrize("kink", [relu(Value(0.0)), abs(Value(-0.0)), maximum([Value(1.0), Value(1.0)])], ids=repr)
def test_a_kink_excuses_its_own_partial_and_nothing_else(kink):
    assert numeric(kink, 1e-8).wrong == ""
    assert "wrong_square" in numeric(kink + WRONG(kink + 1.0), 1e-8).wrong
    assert "slopes between 1 and 2" in numeric(kink * 0.0 + STEEP(Value(0.0)), 1e-8).wrong


def test_what_no_gradient_reaches_is_not_looked_at():
    assert numeric(relu(WRONG(Value(2.0)) - 5.0), 1e-8).wrong == ""
