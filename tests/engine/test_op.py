"""One row: what it must say, what it is poured into, how it reads for other kinds of numbers."""
from __future__ import annotations

import cmath
import math
import pickle

import pytest
from hypothesis import example, given, strategies as st

from engine import FormulaError, GradientError, Op, Replay, Value, derivative, explain
from engine.formula import FLOATS, others, rest, total
from engine.readers.numbers import Compared, Kind, floats
from engine.readers.operands import result_of, example_of
from tests.engine.reference import somewhere

terms = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=8)


@given(terms)
def test_others_is_the_sum_without_one_term_each(numbers) -> None:
    for i, found in enumerate(others(numbers)):
        assert found == pytest.approx(math.fsum([*numbers[:i], *numbers[i + 1:]]), rel=1e-14)


@given(terms)
@example([1.0, 1.0])
def test_rest_leaves_out_one_largest(numbers) -> None:
    left = sorted(numbers)[:-1]
    assert rest(numbers) == pytest.approx(math.fsum(left), rel=1e-14)


@given(terms)
def test_total_adds_from_left_to_right(numbers) -> None:
    z = 0.0
    for n in numbers:
        z += n
    assert total(numbers) == z


@pytest.mark.parametrize("row", Op.table.values(), ids=lambda row: row.name)
def test_a_row_reads_the_same_for_floats_in_its_method_and_elsewhere(row) -> None:
    given, index = example_of(row, somewhere(row), 1)
    v = result_of(row, list(map(Value, given)), index)
    assert v.data == floats.value(row, given, index)
    assert list(v.partials) == floats.partials(row, given, index, v.data, [True] * len(given))
    assert v.op is row and v.index == index


@given(st.floats(-30, 30), st.sampled_from(["sigmoid", "tanh", "exp", "sin"]))
def test_a_row_reads_complex_numbers_too(x, name) -> None:
    functions = {f: getattr(cmath, f) for f in ("exp", "sin", "tanh")}
    kind = Kind({**FLOATS, **functions, "number": lambda z: z.real}, Compared)
    step = kind.value(Op.table[name], [complex(x, 1e-20)])
    assert step.imag / 1e-20 == pytest.approx(getattr(Value(x), name)().partials[0], rel=1e-13)


@pytest.mark.parametrize("row", Op.table.values(), ids=lambda row: row.name)
def test_each_row_is_called_something_in_a_picture(row) -> None:
    assert row.symbol == (row.other_symbol or (row.sign if row.sign and row.arity == 2 else row.name)) != ""


def test_a_row_of_pairs_gives_a_row_of_many_that_it_calls_the_column_of_x() -> None:
    row = Op("sum(softmax(x) * y)", "y", "softmax(x)", name="weighted_of_this_test")
    z = row([Value(1.0), Value(2.0)], [Value(5.0), Value(3.0)])
    share = math.exp(1.0) / (math.exp(1.0) + math.exp(2.0))
    assert z.data == pytest.approx(5.0 * share + 3.0 * (1.0 - share), rel=1e-15)
    assert z.partials == pytest.approx((5.0, 3.0, share, 1.0 - share), rel=1e-15)


WRONG = [
    (("x * y", "y"),                   "needs 2 partials"),
    (("exp(x)", "z", "1"),             "needs 1 partial, as in .*; 2 came"),
    (("z + x", "1"),                   "z has no meaning"),
    (("sum(x * y)", "y"),              "needs 2 partials"),
    (("exp(x)", "y"),                  "needs 2 partials"),
    (("x + b", "1"),                   "b has no meaning"),
    (("sigmoid(x) + sigmod(x)", "1"),  "may not call 'sigmod'"),
    (("softmax(0)", "1"),              "a row of many operands"),
    (("sum(sigmoid(y, y))", "1"),      "sigmoid takes 1 number here, not 2"),
    (("loop(x)", "1"),                 "may not call 'loop'"),
    (("np.exp(x)", "z"),               r"may not call 'np.exp', only functions and rows, as exp\(x\)"),
    (("x * sigmoid(c * x)", "1"),      "not of 'c'; write its number, or y for a second operand"),
    (("2x", "2"),                      r"each \* written: "),
    (("log(x, 2)", "1"),               "log takes 1 number, not 2"),
    (("x", "sum(x)"),                  r"sum\(...\) runs over many operands; there are none here"),
    (("x + sum(2)", "1"),              r"sum\(...\) runs over many operands"),
    (("x", "max(x)"),                  r"max\(...\) runs over many operands"),
    (("sum(y)", "y"),                  "y has no meaning here"),
    (("sum(y) + y", "1"),              "y has no meaning here"),
    (("max(y)", "max(x)"),             "x has no meaning here"),
    (("others(y)", "1"),               r"only a partial by one of many may use others"),
    (("sum(y)", "rest(y)"),            r"a partial may not use rest"),
    (("sum(y)", "sum(others(y))"),     "may not stand within an aggregate"),
    (("sum(x * y) + b", "y", "x", "x"), "x has no meaning here"),
    (("sum(x * y) + b", "y", "x", "others(x)"), r"only a partial by one of many may use others"),
    (("x + (0 - 1) ** 0.5", "1"),      r"\(0 - 1\) \*\* 0.5 is no finite number"),
    (("x", "1 / 0"),                   "1 / 0 is no finite number"),
    (("x", "log(0) if x > 0 else 1"),  r"log\(0\) is no finite number"),
    (("x + 1 / (1 if 1 < 0 else 0)", "1"), "is no finite number"),
    (("x / (1 - 1)", "1"),             r"0 / \(1 - 1\) is no finite number"),
    (("x", "x / 0"),                   "0 / 0 is no finite number"),
    (("sum(y / (2 - 2))", "1"),        "is no finite number"),
    (("x if x else", "1"),             "a formula is one expression"),
    (("", "1"),                        "a formula is one expression"),
    (("x\0", "1"),                     "a formula is one expression"),
    (("x + exp(1000)", "1"),           r"exp\(1000\) is no finite number"),
    (("sum(softmax(0))", "1"),         r"sum\(...\) runs over many operands"),
    (("x", "sum(z)"),                  r"sum\(...\) runs over many operands"),
    (("sum(y)", "softmax(z)"),         "it may be called for x or y"),
    (("sum(affine(y))", "1"),          "affine is a row of many operands: without pairs"),
    (("max(y)", "dot(x)"),             "dot is a row of many operands: without pairs"),
]


@pytest.mark.parametrize("texts, said", WRONG, ids=[said for _, said in WRONG])
def test_a_row_that_does_not_fit_together_is_refused(texts, said) -> None:
    before = dict(Op.table)
    with pytest.raises(FormulaError, match=said) as error:
        Op(*texts, name="loop")
    assert Op.table == before and error.value.offset and error.value.text in texts


@pytest.mark.parametrize("keyword", ["told", "again"])
@pytest.mark.parametrize("text, said", [
    ("sum(x)", "runs over"), ("y", "y has no meaning"), ("nothing(x)", "may not call"), (("1", "1"), "needs 1 partial"),
    ("z +", "one expression")])
def test_what_is_told_and_differentiated_is_held_to_the_same_rules(keyword, text, said) -> None:
    before = dict(Op.table)
    with pytest.raises(FormulaError, match=said):
        Op("x", "1", name="loop", **{keyword: text})
    assert Op.table == before


@pytest.mark.parametrize("texts, needs, said", [
    (("x", "1"),                       "b > 0",             "b has no meaning here"),
    (("x", "1"),                       "sum(x) > 0",        r"sum\(...\) runs over many operands; there are none here"),
    (("sum(y)", "1"),                  "x > 0",             "x has no meaning here"),
    (("sum(y)", "1"),                  "sum(z) > 0",        "z has no meaning here"),
    (("sum(y)", "1"),                  "others(y) > 0",     "only a partial by one of many may use others"),
    (("x + sum(y)", "1", "1"),         "b > max(y)",        "b has no meaning here"),
    (("sum(x * y) + b", "y", "x", "1"), "x > b",            "x has no meaning here"),
    (("x", "1"),                       "x > 1 / 0",         "1 / 0 is no finite number"),
])
def test_what_a_row_needs_is_held_to_the_rules_of_its_formula(texts, needs, said) -> None:
    before = dict(Op.table)
    with pytest.raises(FormulaError, match=said) as error:
        Op(*texts, needs=needs, name="loop")
    assert Op.table == before and error.value.text == needs


def test_what_is_no_text_is_no_formula() -> None:
    for texts, options in ([5, "1"], {}), (["x", 1], {}), (["x", "1"], {"needs": 5}):
        with pytest.raises(TypeError, match="a formula is a text such as"):
            Op(*texts, **options)


@pytest.mark.parametrize("keyword", ["hint", "symbol", "told", "again"])
@pytest.mark.parametrize("given", [3, ["x"], None, b"x", (3,)], ids=repr)
def test_what_else_a_row_says_is_text_or_refused_at_once(keyword, given) -> None:
    before = dict(Op.table)
    with pytest.raises(FormulaError, match="is no text; only told and again may be tuples") as caught:
        Op("x", "1", name="said", **{keyword: given})
    assert caught.value.text == "x" and Op.table == before


@pytest.mark.parametrize("name", [
    "new", "op", "self", "other", "nodes", "operands", "wanted", "node", "index", "total", "number", "largest", "tried",
    "nan", "isfinite", "Value", "FAILURES", "float", "tuple", "zip", "enumerate", "any", "dx", "ys", "i", "sum1", "x",
    "value", "partials", "values", "gradient", "row", "leaves"])
def test_a_row_may_have_any_name(name) -> None:
    table = dict(Op.table)
    try:
        own  = Op("x ** 2", "2 * x ** 1", name=name)
        user = Op(f"{name}(x) * sin(x)", f"{name}(x) * cos(x) + 2 * x * sin(x)", name="user_of_it")
        many = Op(f"sum({name}(y)) + max(y)", f"2 * x + (x == max(y)) + 0 * {name}(x)", name="many_of_it")
        for v, w in [(Value(0.5, "a"), Value(1.5, "b"))] * 2:          # as poured, and once more
            for z, slope in ((own(v), 1.0), (user(v), 0.25 * math.cos(0.5) + math.sin(0.5)), (many([v, w]), 1.0)):
                assert z.partials[0] == pytest.approx(slope, rel=1e-15)
                dz = derivative(z, v)
                assert dz.data == pytest.approx(slope, rel=1e-15) and derivative(dz, v).data == pytest.approx(
                    {"user_of_it": 2 * math.sin(0.5) + 2 * math.cos(0.5) - 0.25 * math.sin(0.5)}.get(z.op.name, 2.0))
                assert explain(z, v).text and Replay(z, inputs=[v])([[0.5]]) == [pytest.approx(z.data)]
                found: dict = {}
                exec(Replay(z, inputs=[v]).as_python(), found)
                assert found["gradient"]([0.5])[1][0] == pytest.approx(slope, rel=1e-15)
                assert pickle.loads(pickle.dumps(z)).data == z.data
    finally:
        Op.table.clear()
        Op.table.update(table)


def test_a_partial_that_comes_out_complex_is_none() -> None:
    few, many = Op("x", "x ** 0.5", name="rooted"), Op("sum(y)", "x ** 0.5", name="rooted_sum")
    for v in few(Value(-4.0)), many([Value(-4.0), Value(4.0)]):
        assert math.isnan(v.partials[0]) and v.partials[1:] in ((), (2.0,))
        with pytest.raises(GradientError, match="no finite slope"):
            v.backward()


@pytest.mark.parametrize("name", ["a b", "class", "1x", "x\ny", 5])
def test_a_name_that_python_cannot_call_is_refused(name) -> None:
    with pytest.raises(ValueError, match="needs a name"):
        Op("x", "1", name=name)


def test_a_row_may_name_itself_in_a_partial_and_other_rows_anywhere() -> None:
    row = Op("sigmoid(x) * 2", "row_of_this_test(x) * sigmoid(-x)", name="row_of_this_test")
    v = Value(0.3)
    z = row(v)
    assert z.partials[0] == pytest.approx(2 * Value(0.3).sigmoid().partials[0], rel=1e-15)


def test_a_formula_that_would_leave_the_real_numbers_is_an_error() -> None:
    root = Op("x ** 0.5", "0.5 / z", name="root_of_this_test")
    with pytest.raises(ValueError, match="x is -1.0"):
        root(Value(-1.0))
    with pytest.raises(ValueError):
        root(-1.0)


def test_index_counts_from_either_end_and_no_further() -> None:
    z = [Value(1.0), Value(2.0), Value(4.0)]
    assert Value.softmax(z, -1).partials == Value.softmax(z, 2).partials and Value.softmax(z, -1).index == 2
    with pytest.raises(IndexError):
        Value.softmax(z, 3)


def test_repr_is_the_row() -> None:
    assert repr(Value.log.op) == "Op('log(x)', '1 / x', needs='x > 0', name='log')"


def test_each_partial_of_a_row_knows_its_own_aggregates() -> None:
    sums = Op("sum(x) * sum(y)", "sum(y)", "sum(x)", name="sums_of_this_test")
    z = sums([Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)])
    assert (z.data, z.partials) == (21.0, (7.0, 7.0, 3.0, 3.0))


def test_a_comparison_is_a_number_and_a_row_has_a_text() -> None:
    row = Op("x > 0", "0", name="step_of_this_test")
    assert type(row(1.0)) is type(row(Value(1.0)).data) is float
    assert row.function.__doc__.startswith("z = x > 0")
