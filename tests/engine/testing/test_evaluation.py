"""engine/testing/evaluation.py: graphs again in other numbers, from the formulas alone."""
import cmath
import math

import pytest
from hypothesis import given, strategies as st

from engine.graph import postorder
from engine.readers.numbers import complexes, floats, expm1, fsum, log1p, size, rest_of_complexes
from engine.testing import graphs, numbers
from engine.testing.evaluation import evaluate, value_of
from engine.testing.strategies import table
from tests.engine.reference import applied

small = st.floats(-20.0, 20.0)


@given(graphs())
def test_floats_give_the_same_bits_again(graph):
    for v in postorder(graph.root):
        assert evaluate(v, {}, floats).hex() == v.data.hex()
        if v.op:
            assert value_of(v, [x.data for x in v.parents], floats).hex() == v.data.hex()


@given(graphs(), st.data())
def test_other_numbers_for_any_value(graph, data):
    v = data.draw(st.sampled_from(postorder(graph.root)))
    assert evaluate(graph.root, {v: v.data}, floats).hex() == graph.root.data.hex()
    assert evaluate(v, {v: -7.0}, floats) == -7.0


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_complex_numbers_without_imaginary_part_give_the_real_result(row):
    @given(numbers(row, min_value=-30.0, max_value=30.0))
    def test(point):
        v = applied(row, *point)
        z = value_of(v, [complex(x.data) for x in v.parents], complexes)
        size = sum(abs(x.data * slope) for x, slope in zip(v.parents, v.partials) if math.isfinite(slope))
        assert abs(z.real - v.data) <= 1e-13 * (abs(v.data) + size) + 1e-300
    test()


@given(small, st.floats(-1.0, 1.0))
def test_expm1_and_log1p_are_the_complex_functions(a, b):
    x = complex(a, b)
    assert cmath.isclose(expm1(x) + 1, cmath.exp(x), rel_tol=1e-13, abs_tol=1e-13)
    if abs(1 + x) > 1e-3:
        assert cmath.isclose(cmath.exp(log1p(x)), 1 + x, rel_tol=1e-12)
    assert math.isclose(expm1(a + 0j).real, math.expm1(a), rel_tol=1e-14, abs_tol=1e-300)
    assert math.isclose(log1p(abs(a) + 0j).real, math.log1p(abs(a)), rel_tol=1e-14, abs_tol=1e-300)


@given(st.lists(st.complex_numbers(max_magnitude=1e100), max_size=6))
def test_sums(terms):
    z = fsum(terms)
    assert (z.real, z.imag) == (math.fsum(t.real for t in terms), math.fsum(t.imag for t in terms))


def test_of_several_largest_the_one_that_does_not_change_is_left_out():
    assert rest_of_complexes([1 + 1e-20j, 1 + 0j, 0.5 + 0j]) == 1.5 + 1e-20j
    assert [size(x) for x in (2 + 1j, -2 + 1j, 0 + 1j)] == [2 + 1j, 2 - 1j, 0]
