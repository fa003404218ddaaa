"""engine/testing/diagnosis.py: the row that is wrong, kinks, and the chain rule forwards."""
from hypothesis import assume, given

from engine import Value, maximum, relu
from engine.testing import graphs
from engine.testing.diagnosis import at_kink, chained, local_slopes, wrong_row
from tests.engine.reference import kinked, path_sizes


@given(graphs())
def test_forwards_and_backwards_the_chain_rule_gives_the_same(graph):
    graph.root.backward()
    sizes = path_sizes(graph.root)
    for x in graph.leaves:
        assert abs(chained(graph.root, x) - x.grad) <= 1e-12 * sizes[x]


@given(graphs(size=4))
def test_no_row_of_the_table_is_called_wrong(graph):
    assume(not kinked(graph.root))
    assert wrong_row(graph.root) == wrong_row(graph.root, absent=True) == ""
    assert all(high >= low for *_, low, high in local_slopes(graph.root))


def test_kinks_are_seen_wherever_they_are_in_a_graph():
    a, b = Value(1.0), Value(2.0)
    assert at_kink(relu(a * 2 - b) + b) and at_kink(maximum([a, b * 0.5]).exp()) and at_kink(abs(a - 1.0))
    assert not at_kink(relu(a * 2 + b)) and not at_kink(maximum([a, b]).exp()) and not at_kink(a * b)
