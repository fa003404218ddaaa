"""What is known of gradients, also where they are zero, stays true."""
from __future__ import annotations

from hypothesis import given

from engine import Value, exp, relu
from engine.graph import postorder
from engine.paths.zeros import gradients
from engine.testing import graphs


def test_three_ways_to_be_zero():
    x, y, w = Value(-1.0), Value(2.0), Value(0.0)
    z = relu(x) + w * y
    assert {gradients(z).state(v) for v in (x, y, w, z)} == {"unknown"}
    z.backward()
    assert [gradients(z).state(v) for v in (x, y, w, z)] == ["off", "zero", "", ""]


def test_a_value_that_also_has_a_way_that_is_open_is_not_off():
    x = Value(-1.0)
    z = relu(x) + x
    z.backward()
    assert gradients(z).state(x) == ""


def test_what_is_behind_a_relu_that_is_off_is_off_throughout():
    x = Value(2.0)
    inner = -exp(x)
    z = relu(inner) * 3 + 1
    z.backward()
    assert [gradients(z).state(v) for v in (inner, inner.parents[0], x)] == ["off"] * 3


def test_what_cancels_is_not_off():
    a = Value(0.0)
    b = relu(a) + a
    z = -b + b
    z.backward()
    assert (gradients(z).state(a), gradients(z).state(b)) == ("zero", "zero")


@given(graphs(["add", "mul", "neg", "relu"]))
def test_off_means_that_every_way_meets_a_relu_that_is_off(graph):
    graph.root.backward()
    found = gradients(graph.root)

    def living(v, root):
        """Whether a way leads from the root to v with no ReLU that is off, along partials that are not zero."""
        stack, seen = [root], set()
        while stack:
            u = stack.pop()
            if u is v:
                return True
            if u not in seen:
                seen.add(u)
                stack += [x for x, partial in zip(u.parents, u.partials) if partial]
        return False

    for v in found.off:
        assert v.grad == 0.0 and not living(v, graph.root)


def test_several_calls_and_several_roots_show_the_stored_grad_beside():
    x = Value(3.0)
    y = x * x
    y.backward()
    assert gradients(y).note(x) == ""
    y.backward()
    assert gradients(y).note(x) == ".grad 12" and gradients(y).slopes[x] == 6.0
    other = x * 2
    assert (gradients(other).state(x), gradients(other).note(x)) == ("unknown", ".grad 12")
    other.backward()
    assert gradients(other).note(x) == ".grad 14"


@given(graphs())
def test_nothing_is_said_where_backward_has_just_run(graph):
    graph.root.backward()
    found = gradients(graph.root)
    assert {found.note(v) for v in postorder(graph.root)} == {""}
