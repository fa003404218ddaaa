"""Value: a number among numbers, a node among nodes, refused where it would mislead."""
from __future__ import annotations

import copy
import inspect
import math
import operator
import pickle
import traceback
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

import engine
import nn
from engine import Op, Value, exp, label, log, where
from engine.formula import FUNCTIONS
from engine.testing import expression, numbers
from tests.engine.reference import somewhere

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
positive = st.floats(0.1, 10.0)
PLAIN = [float, Fraction, np.float64, np.float32, np.float16, np.longdouble]


@given(st.sampled_from(OPERATORS), positive, positive, st.sampled_from(PLAIN))
def test_plain_numbers_stand_on_either_side(op, x, y, plain) -> None:
    number = plain(y)
    v = Value(x)
    assert op(v, number).data == op(x, float(number))
    assert op(number, v).data == op(float(number), x)
    assert op(v, Value(y)).data == op(x, y)
    for z in (op(v, number), op(number, v)):
        v.grad = 0.0
        z.backward()
        assert [p.constant for p in z.parents].count(True) == 1
        assert all(p.grad == 0.0 and d == 0.0 for p, d in zip(z.parents, z.partials) if p.constant)
        assert v.grad == sum(z.partials)


@pytest.mark.parametrize("whole", [2, np.int8(2), np.int64(2), np.uint16(2), True + 1])
@pytest.mark.parametrize("op", OPERATORS)
def test_whole_numbers_are_numbers(op, whole) -> None:
    assert op(Value(3.0), whole).data == op(3.0, 2.0)
    assert op(whole, Value(3.0)).data == op(2.0, 3.0)
    assert Value(whole).data == 2.0 and type(Value(whole).data) is float


def test_operands_keep_their_order_and_their_duplicates() -> None:
    a = Value(3.0)
    assert (a - 1).parents[0] is a and (1 - a).parents[1] is a
    assert (a * a).parents == (a, a) and engine.fsum(a, 2.0, a).parents[::2] == (a, a)
    assert [x.data for x in (1 - a).parents] == [1.0, 3.0]
    z = 1 - a
    assert z.parents[0] is z.parents[0] and z.parents[0].constant


def test_object_arrays_work_on_either_side() -> None:
    a, b = Value(2.0), Value(3.0)
    row = np.array([a, b])
    for z in (a * row, row * a, np.array([1.0, 2.0]) * a, a - np.array([1.0, 2.0]), row ** 2, 2 ** row, row / a):
        assert z.shape == (2,) and all(type(v) is Value for v in z)
    assert [v.data for v in a - row] == [0.0, -1.0] and [v.data for v in row - a] == [0.0, 1.0]
    total = np.dot(row, row) + row.sum() + row.mean()
    total.backward()
    assert (total.data, a.grad, b.grad) == (13.0 + 5.0 + 2.5, 5.5, 7.5)
    assert sum([a, b]).data == 5.0


UFUNCS = [(function.arrays[1:] or name, function) for name, function in FUNCTIONS.items()
          if function.arrays and function.row and function.takes]


@pytest.mark.parametrize("name, function", UFUNCS, ids=[name for name, _ in UFUNCS])
def test_numpy_functions_call_the_rows(name, function) -> None:
    operands = [Value(x) for x in somewhere(Op.table[function.row], function.takes)]
    z = getattr(np, name)(*operands)
    assert type(z) is Value and z.op is Op.table[function.row] and z.parents == tuple(operands)
    assert [type(x) for x in getattr(np, name)(*[np.array([v, v]) for v in operands])] == [Value, Value]
    assert function.takes == 1 or getattr(np, name)(operands[0], 2.0).parents[1].constant


@pytest.mark.parametrize("function", ["exp", "log", "sigmoid", "relu", "softplus", "sqrt", "asinh", "erf", "gelu",
                                      "leaky_relu"])
def test_of_a_plain_number_a_function_is_a_float(function) -> None:
    z = getattr(engine, function)(2.0)
    assert type(z) is float and z == getattr(Value(2.0), function)().data
    assert type(engine.maximum(1, 2)) is float and type(engine.logsumexp([1, 2])) is float
    assert type(engine.affine([1.0], [2.0], 3.0)) is float
    assert (engine.atan2(0.0, -1.0), engine.hypot(3, 4), engine.xlogy(0, 0)) == (math.pi, 5.0, 0.0)


@given(numbers(), numbers())
@example(0.0, -0.0)
def test_a_value_equals_a_plain_number_by_number_and_no_other_value(x, y) -> None:
    v, other = Value(x), Value(x)
    for n in (y, Fraction(y), int(y), np.float64(y), np.int64(3), np.float32(0.1), np.float16(x) if abs(x) < 9 else 0):
        exact = Fraction(x) == Fraction(n.item() if hasattr(n, "item") else n)
        assert (v == n) is (n == v) is exact and (v != n) is (n != v) is not exact
    assert v == v and not v != v and v != other and not v == other and v not in [other] and v in [other, v]
    assert hash(v) == object.__hash__(v) and {v: 1}.get(other) is None and len({v, other, v}) == 2
    for n in None, "0.0", 1j * x + 1j, [x]:
        assert not v == n and v != n
    assert engine.where(Value(0.0) == 0, 1.0, 2.0) == engine.where(-0.0 == Value(0.0), 1.0, 2.0) == 1.0


def test_no_dict_or_set_mixes_nodes_and_numbers(monkeypatch) -> None:
    def equal(self, other):
        assert not isinstance(other, (int, float)), "a node was looked up among numbers, or a number among nodes"
        return NotImplemented
    one, two = Value(1.0, "one"), Value(2.0, "two")
    total = engine.relu(one * 1.0 + two * 1.0) ** 1.0 / engine.fsum([one, 1.0, two * one])
    loss = engine.log(total) + nn.cross_entropy([one, two * 1.0, 1.0], 1) - Value.dot([one, 1.0], [1.0, two])
    for name in "__eq__", "__ne__":
        monkeypatch.setattr(Value, name, equal)
    monkeypatch.setattr(Value, "__hash__", lambda self: 1)                       # as hash(1.0): all meet in one place
    loss.backward()
    assert engine.explain(loss, one).text and engine.draw(loss, wrt=two).source and engine.walkthrough(loss).html
    assert engine.derivative(engine.derivative(loss, one), two).op and engine.table(loss).text
    assert engine.hessian(loss, [one, two]) and engine.Replay(loss, inputs=[one, two])([[1.0, 1.0]])
    assert expression(pickle.loads(pickle.dumps(loss))) and copy.deepcopy(loss).op is loss.op


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
@given(x=st.floats(-2, 2), y=st.floats(-2, 2))
def test_order_compares_numbers(compare, x, y) -> None:
    assert compare(Value(x), Value(y)) == compare(Value(x), y) == compare(x, Value(y)) == compare(x, y)
    assert compare(Value(x), math.inf) == compare(x, math.inf)
    with pytest.raises(TypeError):
        compare(Value(x), "a")


def test_equality_is_identity_so_that_values_live_in_sets_and_lists() -> None:
    a, b = Value(1.0), Value(1.0)
    assert a == a and a != b
    assert {a, b, a} == {b, a} and [a, b].index(b) == 1 and b not in [a]


REFUSED = [("3", TypeError, "float\\('3'\\)"), (None, TypeError, "NoneType"), (True, TypeError, "write 1"),
           (np.True_, TypeError, "write 1"), (1 + 2j, TypeError, "complex"), ([1.0], TypeError, "one Value of each"),
           (np.array([1.0]), TypeError, "one Value of each"), (math.nan, ValueError, "finite"),
           (math.inf, ValueError, "finite"), (10 ** 400, OverflowError, "1.8e308"), (Value(1.0), TypeError, ".data")]


@pytest.mark.parametrize("bad, kind, said", REFUSED, ids=lambda thing: repr(thing)[:20])
def test_what_is_no_number_is_refused_by_name_everywhere(bad, kind, said) -> None:
    v = Value(1.0, "v")
    with pytest.raises(kind, match=said):
        Value(bad)
    for name in ("data", "grad"):
        with pytest.raises(kind, match=f"v.{name} needs a"):
            setattr(v, name, bad)
    assert (v.data, v.grad) == (1.0, 0.0)
    if not isinstance(bad, (Value, np.ndarray)):
        for op in OPERATORS:
            with pytest.raises(kind):
                op(v, bad)
            with pytest.raises(kind):
                op(bad, v)
        for many in (engine.fsum, engine.maximum, lambda xs: engine.dot(xs, [v, v]), lambda xs: engine.dot([v, v], xs)):
            with pytest.raises(kind):
                many([v, bad])


@pytest.mark.parametrize("formula, partials", [("sum(y)", ("1",)), ("sum(x * y)", ("y", "x"))])
def test_a_row_of_many_that_overflows_is_refused(formula, partials) -> None:
    row, largest = Op(formula, *partials, name="row_of_this_test"), [Value(1e308), Value(1e308)]
    with pytest.raises(OverflowError, match="overflows"):
        row(*[largest, [Value(1.0)] * 2] if "x" in formula else largest)


@pytest.mark.parametrize("cut", [float, int, complex, math.exp, math.sqrt, round, math.floor])
def test_what_would_cut_the_graph_is_refused(cut) -> None:
    with pytest.raises(TypeError, match="would cut the graph"):
        cut(Value(1.0, "v"))


def test_the_refusal_says_what_to_write_instead() -> None:
    with pytest.raises(TypeError, match=r"of v would cut the graph.*engine.exp\(v\), not math.exp\(v\).*\.data"):
        math.exp(Value(1.0, "v"))
    with pytest.raises(TypeError, match="v is neither true nor false"):
        bool(Value(1.0, "v"))
    with pytest.raises(TypeError, match=r"Value.name = Op\("):
        Value(1.0, (Value(2.0),), "tanh")
    with pytest.raises(TypeError, match="a label is a text"):
        Value(1.0).label = 3


ERRORS = [(lambda v, p: log(p), ValueError, r"log\(p_setosa\) needs x > 0; p_setosa is 0.0; .*cross_entropy"),
          (lambda v, p: v / p, ZeroDivisionError, r"v / p_setosa needs y != 0; v is 800.0; p_setosa is 0.0"),
          (lambda v, p: 1 / p, ZeroDivisionError, r"1.0 / p_setosa needs y != 0"),
          (lambda v, p: exp(v), OverflowError, r"exp\(v\) overflows.*v is 800.0"),
          (lambda v, p: v * 1e308, OverflowError, r"v \* 1e\+308 overflows"),
          (lambda v, p: (-v) ** 0.5, ValueError, r"whole ones"),
          (lambda v, p: engine.maximum(), ValueError, "at least one operand"),
          (lambda v, p: engine.dot([v], [v, p]), ValueError, "1 and 2 came"),
          (lambda v, p: engine.fsum(v, "a"), TypeError, "fsum needs a real number; 'a' is a str"),
          (lambda v, p: exp("a"), TypeError, "exp needs a real number")]


@pytest.mark.parametrize("asked, kind, said", ERRORS, ids=[said[:20] for _, _, said in ERRORS])
def test_an_error_names_operation_operand_and_remedy(asked, kind, said) -> None:
    with pytest.raises(kind, match=said):
        asked(Value(800.0, "v"), Value(0.0, "p_setosa"))


def test_the_traceback_points_at_the_users_line() -> None:
    p = Value(0.0, "p")
    try:
        loss = -log(p)                               # the user's line
        assert loss
    except ValueError as error:
        lines = traceback.format_exception(error)
    assert any("loss = -log(p)" in line for line in lines)
    assert any("op.failure" in line for line in lines) or engine.__dict__.get("core") == "native"


@given(numbers(), numbers(), st.text(max_size=5))
def test_a_repr_has_all_digits(data: float, grad: float, label: str) -> None:
    v = Value(data, label)
    v.grad = grad
    assert eval(repr(v), {"Value": dict}) == {"data": data, "grad": grad, **({"label": label} if label else {})}


def test_formats_and_repr() -> None:
    v = Value(1 / 3, "p")
    assert f"{v:.3f}|{v:10.2e}" == "0.333|  3.33e-01"
    assert repr(v) == f"{v}" == str(v) == "Value(data=0.3333333333333333, grad=0.0, label='p')"
    assert repr(Value(1e-6)) == "Value(data=1e-06, grad=0.0)"
    assert repr(Value(1.0, "it's\n")) == 'Value(data=1.0, grad=0.0, label="it\'s\\n")'


def test_a_leaf_and_a_node_say_what_they_are() -> None:
    a = Value(2.0, "a")
    b = a * 3.0
    assert (a.op, a.parents, a.partials, a.constant, a.label) == (None, (), (), False, "a")
    assert (b.op.name, b.op.formula, b.partials, b.label, b.index) == ("mul", "x * y", (3.0, 0.0), "", None)
    assert b.parents[1].constant and b.parents[1].data == 3.0
    assert +a is a
    b.label = "b"
    assert b.label == "b"


def test_a_slope_that_does_not_exist_is_nan_in_partials_alone() -> None:
    for z in (engine.sqrt(Value(0.0)), log(Value(5e-324)), Value(0.0) ** 0.5):
        assert math.isnan(z.partials[0])


def test_gradients_belong_to_the_numbers_that_were_computed() -> None:
    a, b = Value(2.0), Value(3.0)
    c = a * b
    a.data = 100.0
    c.backward()
    assert (a.grad, b.grad, c.data) == (3.0, 2.0, 6.0)


def test_where_chooses_and_calls_only_what_it_chose() -> None:
    v = Value(-1.0)
    chosen = where(v > 0, lambda: log(v), 0.0)
    chosen.backward()
    assert (chosen.data, chosen.constant, chosen.grad, v.grad) == (0.0, True, 0.0, 0.0)
    assert where(v < 0, v, 2.0) is v and where(True, 1.0, 2.0) == 1.0
    with pytest.raises(TypeError, match="where"):
        where(True, "a", v)


def test_what_micrograd_calls_its_parents_and_operation() -> None:
    a, b = Value(2.0), Value(-3.0)
    named = {"+": a + b, "*": a * b, "-": a - b, "/": a / b, "**2": a ** 2, "ReLU": a.relu(), "tanh": a.tanh(), "": a}
    for name, v in named.items():
        assert v._op == name and v._prev == v.parents and type(v._prev) is tuple
    nodes, edges = set(), set()

    def build(v):                                    # how micrograd traces a graph
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(a * b + (b ** 2).relu() * a)
    assert (len(nodes), len(edges)) == (8, 9)


def test_micrograds_first_example_gives_micrograds_numbers() -> None:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert (f"{g.data:.4f}", f"{a.grad:.4f}", f"{b.grad:.4f}") == ("24.7041", "138.8338", "645.5773")


def test_a_row_of_ones_own_is_a_method_and_everything_follows() -> None:
    Value.cube = Op("x ** 3", "3 * x ** 2")
    x = Value(2.0)
    y = x.cube()
    y.backward()
    assert (y.data, x.grad, y.op.name, Value.cube.op is y.op) == (8.0, 12.0, "cube", True)
    assert engine.derivative(engine.derivative(y, x), x).data == 12.0
    assert Value.cube(3.0) == 27.0
    label(y=y)
    assert "cube" in str(engine.table(y))


@pytest.mark.parametrize("name", ["exp", "log", "__mul__", "__rsub__", "softmax", "affine"])
def test_source_and_help_show_the_poured_row(name) -> None:
    method = getattr(Value, name)
    assert method.source.startswith(f"def {name}(")
    assert method.op.formula in method.__doc__ and all(part in method.__doc__ for part in method.op.partials)
    if inspect.isfunction(method):
        assert inspect.getsource(method) == method.source


def test_the_public_face_is_all_there() -> None:
    for name in engine.__all__:
        assert getattr(engine, name) is not None
    assert set(engine.__all__) <= set(dir(engine))
    with pytest.raises(AttributeError, match="engine has no 'sofmax'"):
        engine.sofmax


@pytest.mark.parametrize("n", [0, -1, 2.5, Fraction(1, 2)])
def test_names_are_looked_up_for_errors_alone(n, monkeypatch) -> None:
    looked: list[object] = []
    monkeypatch.setattr("engine.errors.presenter", lambda *given: looked.append(given) or "")
    p = Value(1.0)
    p.data, p.grad = n, n
    assert (p.data, p.grad) == (n, n) and (p + n == p.data + n, p > n, looked) == (True, False, [])
    with pytest.raises(TypeError, match="needs a real number"):
        p.grad = "1"
    assert looked
