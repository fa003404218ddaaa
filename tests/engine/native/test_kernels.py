"""Rows that run as one instruction find what eager code finds, whatever of theirs is the same on all rows."""
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Op, Replay, Value
from engine.native import rows_of
from engine.native.kernels import poured, shapes
from engine.readers.operands import result_of
from engine.replay.program import ON, Program
from engine.replay.templates import template
from tests.engine.reference import somewhere
from tests.engine.replay.agreement import are_eager, blocks
from tests.engine.replay.interpreter import Words

native = pytest.importorskip("engine.replay.backends.native")
if blocks is None:
    pytest.skip("the block interpreter was not built", allow_module_level=True)
KERNELS = {kernel.name: (op, n, index) for op in rows_of(vars(Value)).values() for n, index in shapes(op)
           for kernel in poured([op]) if kernel.template.signature == template(op, n, index).signature}


def replay_of(name, same, index=None):
    """A replay of one step with that kernel; the operands in the places `same` are leaves, the others inputs."""
    op, n, own = KERNELS[name]
    operands = list(map(Value, somewhere(op, n)))
    z = result_of(op, operands, own if index is None else index)
    return Replay(z, inputs=[x for i, x in enumerate(operands) if i not in same], backend="native"), operands


def rows_in(replay):
    program = Program(replay.tape, True, native.kernels())
    return [one.name for one in Words(program).stages[ON] if one.name in native.kernels().values()]


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_that_is_poured_is_there_and_runs(name):
    assert name in native.kernels().values()
    replay, _ = replay_of(name, ())
    assert rows_in(replay) == [name]


@pytest.mark.parametrize("name", KERNELS)
@settings(max_examples=15)
@given(data=st.data())
def test_kernels_find_what_eager_code_finds(name, data):
    op, n, own = KERNELS[name]
    index = data.draw(st.integers(0, n - 1)) if op.shape == "apart" else own
    same = data.draw(st.sets(st.integers(0, n - 1), max_size=n - 1))
    number = st.one_of(st.floats(-30.0, 30.0), st.floats(-1e-3, 1e-3), st.integers(-2, 2).map(float))
    replay, operands = replay_of(name, same, index)
    for i in same:
        operands[i].data = data.draw(number)
    width = n - len(same)
    are_eager([replay], data.draw(st.lists(st.lists(number, min_size=width, max_size=width), max_size=20)))


TERMS = ["1", "x", "y", "exp(x)", "tan(y)", "x * y", "tan(y) * tan(y)"]
SUMS = st.lists(st.sampled_from(TERMS), min_size=1, max_size=3).map(" + ".join)


@given(parts=st.tuples(SUMS, SUMS, SUMS))
@example(parts=("x + tan(y)", "1", "1 + tan(y) * tan(y)"))
@example(parts=("exp(x) + y", "exp(x)", "1"))
def test_no_operand_is_read_after_a_result_is_written_which_may_take_its_register(parts):
    for kernel in poured([Op(f"{parts[0]} + 0 * (x + y)", *parts[1:])]):
        assert str(kernel).rindex("TAKEN(") < str(kernel).index("store(")


def test_a_row_of_ones_own_runs_as_the_kernel_of_an_equal_one():
    x = Value(0.5)
    same, other = (Op(formula, partial, name="own") for formula, partial in
                   [("expm1(x)", "exp(x)"), ("expm1(x) * exp(x)", "exp(x) * (expm1(x) + exp(x))")])
    assert rows_in(Replay(same(x), inputs=[x])) == ["expm1_1"]
    assert rows_in(Replay(other(x), inputs=[x])) == []
