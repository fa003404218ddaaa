"""The tests kill every mutant, each by the same property that the engine itself is held to."""
from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from engine import Value
from engine.testing import check_gradient, graphs
from tests.mutants.engines import MUTANTS, clear, edges
from engine.graph import postorder

search = settings(phases=[Phase.generate], max_examples=300, derandomize=True, database=None,
                  suppress_health_check=list(HealthCheck))


def right(root: Value) -> None:
    """The engine that the mutants were made from: with it, all is well."""
    clear(root)
    root.grad = 1.0 if root.op else root.grad + 1.0
    for v in reversed(postorder(root)):
        for x, slope in edges(v):
            x.grad += v.grad * slope


def gradients_are_right(graph) -> None:
    check_gradient(graph, *graph.leaves)


def test_the_property_holds_for_the_engine_and_for_what_the_mutants_were_made_from(monkeypatch) -> None:
    search(given(graphs())(gradients_are_right))()
    monkeypatch.setattr(Value, "backward", right)
    search(given(graphs(["add", "mul", "exp", "maximum"]))(gradients_are_right))()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_is_killed(mutant, monkeypatch) -> None:
    monkeypatch.setattr(Value, "backward", mutant)
    with pytest.raises(AssertionError, match="wrong gradient"):
        search(given(graphs(["add", "mul", "exp", "neg"]))(gradients_are_right))()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_has_the_right_loss_so_that_only_gradients_tell(mutant, monkeypatch) -> None:
    def wrong(graph) -> bool:
        data = graph.root.data
        monkeypatch.setattr(Value, "backward", mutant)
        try:
            gradients_are_right(graph)
        except AssertionError:
            return graph.root.data == data
        finally:
            monkeypatch.undo()
        return False

    smallest = find(graphs(["add", "mul"]), wrong, settings=settings(search, phases=[Phase.generate, Phase.shrink]))
    assert len(postorder(smallest.root)) <= 4        # b = a + a is enough, or c = b + b on top of it
