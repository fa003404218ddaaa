"""The graph of the page, in V8 without a browser: leaves are moved, edges are cut, as Python computes it anew."""
from __future__ import annotations

import json

import pytest
from hypothesis import given, settings, strategies as st

from engine import Value, exp, log, tanh
from engine.live.recording import Recording

pytest.importorskip("py_mini_racer")
from tests.engine.live.racer import Racer  # noqa: E402  (it takes V8)

near = st.floats(-2.0, 2.0)


@pytest.fixture(scope="module")
def racer():
    return Racer()


def graph(x: float, w: float):
    x, w = Value(x, "x"), Value(w, "w")
    y = exp(x * w)
    return x, w, y / (1.0 + y) + tanh(x) * 2.0 - w


def asked(racer, recording, actions):
    """What the values and the derivatives are once something was done."""
    return racer.run(recording.rows, f"""(() => {{ const g = new Graph({json.dumps(recording.data)}); {actions};
        return text([g.values, g.backward().grads]); }})()""")


@settings(max_examples=20)
@given(near, near, near, near)
def test_a_moved_leaf_moves_all_that_depends_on_it(racer, x, w, other_x, other_w):
    at_x, at_w, z = graph(x, w)
    recording = Recording(z)
    moves = [[recording.places[at_x], other_x], [recording.places[at_w], other_w]]
    values, grads = asked(racer, recording, f"g.move({json.dumps(moves[:1])}); g.move({json.dumps(moves)})")
    *_, right = graph(other_x, other_w)
    right.backward()
    assert values == pytest.approx([v.data for v in Recording(right).nodes], rel=1e-14, abs=1e-300)
    assert grads == pytest.approx([v.grad for v in Recording(right).nodes], rel=1e-12, abs=1e-15)


def test_a_cut_edge_carries_nothing_back_and_no_other_is_cut(racer):
    x, w, z = graph(0.5, 1.5)
    recording, places = Recording(z), Recording(z).places
    for v in recording.nodes:
        for place, parent in enumerate(v.parents):
            _, grads = asked(racer, recording, f"g.cut.add('{places[v]}:{place}')")
            adjoint = {**dict.fromkeys(recording.nodes, 0.0), z: 1.0}
            for u in reversed(recording.nodes):
                for i, (p, slope) in enumerate(zip(u.parents, u.partials)):
                    adjoint[p] += 0.0 if p.constant or (u, i) == (v, place) else adjoint[u] * slope
            assert grads == pytest.approx([adjoint[u] for u in recording.nodes], rel=1e-14)


def test_a_gradient_that_overflows_is_told_where_it_first_does_and_no_other(racer):
    x = Value(1e-200, "x")
    for z, wrong in (log(x), False), (log(x) * 1e200, True):
        recording = Recording(z)
        trouble = racer.run(recording.rows, f"new Graph({json.dumps(recording.data)}).backward().trouble")
        assert trouble["x"] == recording.places[x] if wrong else trouble is None


def test_numbers_at_which_there_is_none_are_null_and_leave_the_graph_as_it_was(racer):
    x = Value(2.0, "x")
    recording = Recording(log(x) * x)
    place, root = recording.places[x], len(recording.nodes) - 1
    act = f"g.at_numbers({place}, [1, -1, 4], [{root}])"
    found = racer.run(recording.rows, f"(g => [{act}, {act}])(new Graph({json.dumps(recording.data)}))")
    assert found == [[[0.0], None, [pytest.approx(4.0 * log(4.0))]]] * 2
    refused = f"try {{ g.move([[{place}, -1]]); }} catch (failure) {{ if (!(failure instanceof Refusal)) throw 0; }}"
    values, grads = asked(racer, recording, refused)
    assert values == pytest.approx([v.data for v in recording.nodes])
    assert grads[place] == pytest.approx(1.0 + log(2.0))
