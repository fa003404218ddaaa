"""engine/testing/points.py: what a function is called with."""
import pytest
from hypothesis import given, strategies as st

from engine import Op, Value, log
from engine.testing import check_gradient
from engine.testing.points import laid_out, names, number_at, outputs, row_of, title


@given(st.lists(st.floats(-9.0, 9.0) | st.lists(st.floats(-9.0, 9.0), max_size=3), max_size=4))
def test_numbers_become_leaves_where_they_stand(point):
    def function(*inputs):
        pass
    arguments, leaves = laid_out(function, point)
    flat = [n for given in point for n in (given if isinstance(given, list) else [given])]
    assert [x.data for x in leaves] == flat and len({x.label for x in leaves}) == len(flat)
    assert [[x.data for x in given] if isinstance(given, list) else given.data for given in arguments] == point


def test_names_are_those_of_the_function():
    assert names(lambda weight, *inputs: 0, 3) == ["weight", "inputs[0]", "inputs[1]"]
    assert names(Op.table["dot"], 2)[:2] == ["x", "y"]
    assert len(names(max, 2)) == 2
    assert [x.label for x in laid_out(lambda w, b: w, ([1.0, 2.0], 3.0))[1]] == ["w[0]", "w[1]", "b"]
    assert (title(log), title(Op.table["dot"]), title(lambda x: x)) == ("log", "dot", "the function")


def test_a_value_in_the_point_is_itself_and_counts_once():
    w = Value(1.0, "w")
    arguments, leaves = laid_out(lambda a, b, c: a, (w, [w, 2.0], w))
    assert arguments[0] is w is arguments[1][0] and leaves[0] is w and len(leaves) == 2
    with pytest.raises(TypeError, match="needs numbers or leaves for a point; a was made by mul"):
        laid_out(lambda a: a, (w * 2,))


def test_which_operand_is_set_apart_is_no_number_of_the_point():
    arguments, leaves = laid_out(Value.softmax, ([1.0, 2.0], 1))
    assert arguments[1] == 1 and len(leaves) == 2
    assert row_of(Value.softmax) is row_of(Op.table["softmax"]) is Op.table["softmax"] and row_of(abs) is None


def test_the_function_elsewhere_leaves_the_numbers_as_they_were():
    x = Value(3.0)
    assert number_at(lambda x: [x, x * x], [x], 1, {x: 5.0}) == 25.0 and x.data == 3.0
    with pytest.raises(ValueError):
        number_at(log, [x], 0, {x: -1.0})
    assert x.data == 3.0


def test_a_function_that_returns_no_value_is_refused():
    with pytest.raises(TypeError, match="needs a function that returns a Value, .* returned 3.0; compute with Values"):
        check_gradient(lambda x: 3.0, 1.0)
    with pytest.raises(TypeError, match="returned None"):
        outputs(lambda: None, [])
