"""A program reaches the interpreter as it is, and its numbers their registers; what is no program is refused."""
import signal
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Value, exp
from engine.replay.backends import native
from engine.replay.backends.encoding import encoded
from engine.replay.program import ON, Program
from engine.replay.tape import record
from engine.testing import graphs
from tests.engine.replay.agreement import blocks
from tests.engine.replay.interpreter import MINUS, Words, registers_read

if blocks is None:
    pytest.skip("the block interpreter was not built", allow_module_level=True)


def check(words):
    """Assert that no register is read before it is written, and that every uniform is there."""
    uniforms, written = sum(stage != ON for stage in words.program.stages), {0, *words.columns}
    for one in words.stages[ON]:
        assert registers_read(one) <= written
        written.update(one.results)
    places = [place & ~MINUS for some in words.stages for one in some for place in [*one.reads, *one.terms]]
    assert all(place >> 1 < uniforms for place in places if place & 1)


@given(graph=graphs(), n=st.integers(0, 3), gradient=st.booleans())
def test_no_register_is_read_before_it_is_written(graph, n, gradient):
    check(Words(Program(record([graph.root], graph.leaves[:n]), gradient)))


@given(graph=graphs(), data=st.data())
def test_a_wrong_program_is_refused_or_stays_within_its_own_numbers(graph, data):
    program = Program(record([graph.root], graph.leaves[:1]), True)
    given = encoded(program, native.codes())
    some = data.draw(st.sampled_from([array for array in given[1:5] + given[7:] if len(array)]))
    changed = array(some.typecode, some) if isinstance(some, array) else bytearray(some)
    i, number = data.draw(st.integers(0, len(some) - 1)), data.draw(st.integers(0, 2 * len(program.names)))
    changed[i] = number if isinstance(some, array) else number % 4
    given = [changed if each is some else each for each in given]
    try:
        check(Words(program, given))
    except ValueError as error:
        assert str(error) == "this is no program"


def test_every_sum_over_the_rows_has_its_place():
    x, w = Value(1.0), Value(2.0)
    *given, sums, results = encoded(Program(record([x * w], [x]), True), native.codes())
    assert len(sums) == 3
    for n in range(3):
        with pytest.raises(ValueError, match="this is no program"):
            blocks.load(blocks.MACHINES[0], 0, *given, sums[:n], results)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_an_interrupt_is_answered_while_a_large_program_is_loaded():
    x, more = Value(1.0), 500_000
    program = Program(record([-x], [x]), False)
    codes, counts, operands, stages, *others, results = encoded(program, native.codes())
    last = len(codes) - 1
    given = [codes + array("I", [native.codes()["neg"]]) * more, counts + array("I", [1]) * more,
             operands + array("I", range(last, last + more)), stages + bytes([ON]) * more, *others,
             array("I", [last + more])]
    looks = []

    def look(*_):
        looks.append(None)
        if len(looks) == 3:
            raise KeyboardInterrupt
        signal.setitimer(signal.ITIMER_REAL, 0.005)
    old = signal.signal(signal.SIGALRM, look)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.005)
            blocks.load(blocks.MACHINES[0], 0, *given)
            looks.append("loaded")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert looks == [None] * 3
    blocks.load(blocks.MACHINES[0], 0, *given)


@pytest.mark.parametrize("rows", [-8, 1, 12, 264])
def test_a_block_has_whole_vectors_of_rows(rows):
    x = Value(1.0)
    with pytest.raises(ValueError, match="this is no program"):
        blocks.load(blocks.MACHINES[0], rows, *encoded(Program(record([x * x], [x]), True), native.codes()))


def test_a_register_is_free_after_its_last_use():
    x = Value(0.5)
    z = x
    for _ in range(100):
        z = exp(-z) * z
    assert {p for one in Words(Program(record([z], [x]), False)).stages[ON] for p in one.results} <= {0, 1, 2}


def test_what_nobody_reads_goes_to_one_register_for_all():
    x = Value(0.5)
    z = x
    for _ in range(100):
        z = z + exp(z) ** 0
    found = [one.results for one in Words(Program(record([z], [x]), False)).stages[ON] if one.name == "exp"]
    assert len(found) == 100
    assert len({p for results in found for p in results}) == 1
