"""The block interpreter: its functions to the last digits, block sizes, threads, and sets of machine instructions."""
import math
import random
import struct
from array import array

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formula import FLOATS, FUNCTIONS
from engine.native import sources
from engine import Replay, Value, affine, fsum
from engine.replay.backends.floats import Floats
from engine.replay.program import Program
from engine.testing import graphs
from tests.engine.replay.agreement import blocks, flowers, network

native = pytest.importorskip("engine.replay.backends.native")
if blocks is None:
    pytest.skip("the block interpreter was not built", allow_module_level=True)
CODES = {name: code for code, name in enumerate(blocks.INSTRUCTIONS.split())}
EXACT = {"exp": mpmath.exp, "expm1": mpmath.expm1, "log": mpmath.log, "log1p": mpmath.log1p, "sqrt": mpmath.sqrt,
         "tanh": mpmath.tanh, "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan}
DOMAINS = {"exp": (-746.0, 709.78), "expm1": (-1e3, 709.78), "log": (5e-324, 1.7e308), "sqrt": (0.0, 1.7e308),
           "log1p": (-1 + 2.0 ** -53, 1.7e308)}
EDGES = [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, -2.2e-308, 1e-300, 1.0, -1.0, 0.5, -0.5, 709.78, -708.4, -745.1, -745.14,
         22.0, 1e300, -1e300, 1 - 2.0 ** -53, 1 + 2.0 ** -52, math.sqrt(0.5), math.sqrt(2), 0.34657359, 1.0397,
         -0.34657360, 60 * math.log(2), 54 * math.log(2), -54 * math.log(2), 18.5, 1.2e308, 1.6e308, -1 + 2.0 ** -53,
         math.sqrt(0.5) - 1, math.sqrt(2) - 1, 2.0 ** 20, -2.0 ** 20, math.nextafter(2.0 ** 20, 2.0 ** 21), math.pi / 4]


def points(name):
    """Numbers of every size in the function's domain; the edges among them."""
    draw, (low, high) = random.Random(name), DOMAINS.get(name, (-1.7e308, 1.7e308))
    any_bits = [struct.unpack("d", struct.pack("Q", draw.getrandbits(64)))[0] for _ in range(800)]
    near = [draw.uniform(-3.0, 3.0) for _ in range(1200)]
    near += [1 + draw.uniform(-1, 1) * 2.0 ** -draw.randrange(52) for _ in range(200)]
    wide = [draw.uniform(-750.0, 710.0) for _ in range(400)] + [draw.uniform(-60, 60) for _ in range(400)]
    small = [math.copysign(2.0 ** draw.uniform(-1074, 0), draw.uniform(-1, 1)) for _ in range(400)]
    quarters = [k * math.pi / 2 for k in (*range(1, 40), *(draw.randrange(10 ** 6) for _ in range(400)))]
    quarters += [math.nextafter(x, 0.0) for x in quarters] + [-x for x in quarters]
    found = [x for x in (*EDGES, *any_bits, *near, *wide, *small, *quarters) if low <= x <= high]
    return found + [1.0] * (-len(found) % 8)


@pytest.mark.parametrize("machine", blocks.MACHINES)
@pytest.mark.parametrize("name", EXACT)
def test_functions_are_within_two_units_in_the_last_place(name, machine):
    xs = points(name)
    found = array("d", bytes(8 * len(xs)))
    blocks.apply(machine, CODES[name], array("d", xs), found)
    with mpmath.workprec(1200 if name in ("sin", "cos", "tan") else 200):
        for x, z in zip(xs, found):
            exact = EXACT[name](mpmath.mpf(x))
            assert abs(mpmath.mpf(z) - exact) <= 2 * math.ulp(float(exact)), (name, x, z)


def applied(machine, name, operands):
    """What an instruction makes of each row of operands."""
    filled = [*operands, *[operands[0]] * (-len(operands) % 8)]
    found = array("d", bytes(8 * len(filled)))
    blocks.apply(machine, CODES[name], array("d", [number for column in zip(*filled) for number in column]), found)
    return found[:len(operands)]


def power(machine, pairs):
    """x ** y for each pair, as the block interpreter finds it."""
    return applied(machine, "pow", pairs)


def outcome(function, *numbers):
    """What a function of floats gives, nan where it has no finite value."""
    try:
        z = function(*numbers)
    except (ValueError, OverflowError):
        return math.nan
    return z if math.isfinite(z) else math.nan


def crossed(name):
    """Pairs of numbers of every size; of sizes alike, too."""
    draw, xs = random.Random(name), points(name)
    ys = draw.sample(xs, len(xs))
    return [*zip(xs, ys), *[(x, x * draw.uniform(-2.0, 2.0)) for x in xs if abs(x) < 8e307]]


@pytest.mark.parametrize("machine", blocks.MACHINES)
@pytest.mark.parametrize("name", [name for name, function in FUNCTIONS.items() if not function.vector])
def test_what_is_found_lane_by_lane_is_what_python_finds(name, machine):
    chosen = crossed(name) if FUNCTIONS[name].takes == 2 else [(x,) for x in points(name)]
    for numbers, z in zip(chosen, applied(machine, name, chosen)):
        expected = outcome(FLOATS[name], *numbers)
        assert z.hex() == expected.hex() if math.isfinite(expected) else not math.isfinite(z), (name, numbers, z)


@pytest.mark.parametrize("machine", blocks.MACHINES)
def test_lengths_are_within_two_units_in_the_last_place(machine):
    chosen = crossed("hypot")
    with mpmath.workprec(200):
        for (x, y), z in zip(chosen, applied(machine, "hypot", chosen)):
            exact = mpmath.hypot(mpmath.mpf(x), mpmath.mpf(y))
            finite = exact < mpmath.mpf(2) ** 1024 * (1 - mpmath.mpf(2) ** -54)
            right = abs(mpmath.mpf(z) - exact) <= 2 * math.ulp(float(exact)) if finite else not math.isfinite(z)
            assert right, (x, y, z)


def pairs():
    """x and y of every size of which x ** y is finite: any results, subnormal ones, whole and half-whole y."""
    draw = random.Random("pow")
    sizes = [lambda: 2.0 ** draw.uniform(-1022, 1023), lambda: 2.0 ** draw.randrange(-1074, 1023),
             lambda: draw.uniform(0, 10), lambda: draw.getrandbits(draw.randrange(1, 53)) * 5e-324,
             lambda: draw.uniform(0.7, 1.42), lambda: 1 + draw.uniform(-1, 1) * 2.0 ** -draw.randrange(52),
             lambda: math.nextafter(draw.choice([0.5, 2]) ** 0.5, draw.choice([0, 9]))]
    found = [(float(x), float(y)) for x in range(1, 12) for y in range(-300, 290, 7)]
    for size in sizes:
        for _ in range(300):
            x = abs(size()) or 0.5
            with mpmath.workprec(200):
                slope = mpmath.log(mpmath.mpf(x), 2) or 1
            low, high = draw.choice([(-1074, 1023.9), (-1074, 1023.9), (-1076, -1020), (900, 1023.9), (-20, 20)])
            y = float(draw.uniform(low, high) / slope)
            whole = float(draw.choice([math.floor, math.ceil])(y))
            found += [(x, y), (x, whole) if y * slope < 900 else (x, y * 0.5), (-x, whole), (x, math.floor(y) + 0.5)]
    return found


@pytest.mark.parametrize("machine", blocks.MACHINES)
def test_powers_are_within_two_units_in_the_last_place(machine):
    chosen, finite = pairs(), 0
    with mpmath.workprec(300):
        for (x, y), z in zip(chosen, power(machine, chosen)):
            exact = mpmath.mpf(x) ** mpmath.mpf(y)
            if abs(exact) < mpmath.mpf(2) ** 1024 * (1 - mpmath.mpf(2) ** -52):
                assert abs(mpmath.mpf(z) - exact) <= 2 * math.ulp(float(exact)), (x, y, z)
                finite += 1
    assert finite > 0.95 * len(chosen)


@pytest.mark.parametrize("machine", blocks.MACHINES)
def test_powers_at_the_edges_are_those_of_the_c_library(machine):
    xs = [0.0, 1.0, 5e-324, 1e-310, 2.0 ** -1022, 0.5, 2.0, 3.0, 1.7e308, 2.0 ** 52]
    ys = [0.0, 5e-324, 0.5, 1.0, 2.0, 3.0, 1074.0, 1075.5, 1e5 + 1, 2.0 ** 51 + 0.5, 2.0 ** 52 - 0.5, 2.0 ** 52 + 1,
          2.0 ** 53 - 1, 2.0 ** 53, 2.0 ** 53 + 2, 1e300, 1.7e308]
    chosen = [(x * a, y * b) for x in xs for y in ys for a in (1, -1) for b in (1, -1)]
    for (x, y), z in zip(chosen, power(machine, chosen)):
        try:
            expected = math.pow(x, y)
        except (OverflowError, ValueError):
            assert not math.isfinite(z), (x, y, z)
            continue
        assert abs(z - expected) <= 2 * math.ulp(expected), (x, y, z)
        assert math.copysign(1.0, z) == math.copysign(1.0, expected), (x, y, z)


@pytest.mark.parametrize("machine", blocks.MACHINES)
@pytest.mark.parametrize("name", ["expm1", "log1p", "sqrt", "sin", "tan", "tanh"])
def test_a_zero_keeps_its_sign(name, machine):
    found = array("d", bytes(64))
    blocks.apply(machine, CODES[name], array("d", [0.0, -0.0] * 4), found)
    assert [math.copysign(1.0, z) if z == 0.0 else z for z in found] == [1.0, -1.0] * 4


@pytest.mark.parametrize("machine", blocks.MACHINES)
@pytest.mark.parametrize("name, bad", [
    ("exp", [710.0, 1e300]), ("expm1", [710.0, 1e300]), ("log", [0.0, -0.0, -1.0, -5e-324]),
    ("log1p", [-1.0, -2.0, -1e300]), ("sqrt", [-1.0, -5e-324]),
])
def test_functions_are_not_finite_outside_their_domains(name, bad, machine):
    found = array("d", bytes(64))
    for x in bad:
        blocks.apply(machine, CODES[name], array("d", [x] * 8), found)
        assert not any(map(math.isfinite, found))


def gradient(replay, matrix, **choices):
    """What the block interpreter gives for the rows with such choices."""
    return native.Native(replay.tape, Floats(replay.tape), **choices).gradient(matrix, replay.leaves())


@pytest.mark.parametrize("machine", blocks.MACHINES)
@pytest.mark.parametrize("n", [1, 8, 191, 255, 257, 383, 385, 1000, 2 ** 14 + 1])
def test_neither_threads_nor_the_size_of_a_block_change_a_digit(machine, n):
    loss, inputs, _ = network()
    replay, rows = Replay(loss, inputs=inputs, backend="native"), flowers(n)
    expected = gradient(replay, rows, machine=machine, threads=1, rows=256)
    for size in (8, 16, 64, 120, 128):
        assert gradient(replay, rows, machine=machine, threads=1, rows=size) == expected
    for threads in range(2, 9):
        assert gradient(replay, rows, machine=machine, threads=threads) == expected


@given(graph=graphs(), rows=st.lists(st.lists(st.floats(-2.0, 2.0), min_size=2, max_size=2), max_size=20),
       size=st.sampled_from([8, 16, 32, 64, 128]), machine=st.sampled_from(blocks.MACHINES))
def test_any_graph_in_any_block(graph, rows, size, machine):
    inputs = graph.leaves[:2]
    replay, rows = Replay(graph.root, inputs=inputs, backend="native"), [row[:len(inputs)] for row in rows]
    try:
        expected = gradient(replay, rows, machine=machine, rows=128)
    except (ArithmeticError, ValueError) as error:
        with pytest.raises(type(error)):
            gradient(replay, rows, machine=machine, rows=size)
        return
    found, program = gradient(replay, rows, machine=machine, rows=size), Program(replay.tape, True)
    if len(program.mixed) == 1:                      # else what is used again is added up in another order
        assert found == expected
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def recurrence(steps):
    """A loss that uses its three parameters at every step, and its input."""
    x, w, b, z = Value(0.5), Value(0.3), Value(0.1), Value(0.2)
    for _ in range(steps):
        z = (z * w + x * b).tanh()
    return Replay(z * z, inputs=[x], backend="native")


@pytest.mark.parametrize("machine", blocks.MACHINES)
@pytest.mark.parametrize("steps", [3, 2000])
@pytest.mark.parametrize("n", [1, 31, 33, 95, 191, 193, 300])
def test_what_is_used_again_is_added_up_alike_in_one_call_and_run_by_run(machine, steps, n):
    replay, rows = recurrence(steps), [[math.sin(i)] for i in range(n)]
    run, leaves = native.Native(replay.tape, Floats(replay.tape), machine=machine), replay.leaves()
    expected = gradient(replay, rows, machine=machine)
    for threads in (1, 3):
        assert gradient(replay, rows, machine=machine, threads=threads) == expected
    parts = [run.partial(rows[i:i + run.run], leaves) for i in range(0, n, run.run)]
    assert run.total(parts, leaves) == expected
    assert expected == pytest.approx(Floats(replay.tape).gradient(rows, leaves), rel=1e-12)


def test_one_sum_for_what_is_used_again_and_again():
    replay = recurrence(1000)
    assert len(Program(replay.tape, True).sums) == 5             # of the loss, the input and three parameters
    replay.backward([[1.0], [2.0]])


@given(times=st.integers(1, 9), machine=st.sampled_from(blocks.MACHINES), n=st.integers(1, 40))
def test_the_same_weight_in_sums_of_the_same_numbers(times, machine, n):
    xs, ws = [Value(0.1 * k) for k in range(1, 5)], [Value(0.3 * k) for k in range(1, 5)]
    some = [affine([*ws, ws[0]], [*xs, xs[1]], 0.1 * k).tanh() for k in range(times)]
    replay = Replay(fsum([x * x for x in some]), inputs=xs, backend="native")
    rows = [[math.sin(i + k) for k in range(4)] for i in range(n)]
    found = gradient(replay, rows, machine=machine)
    assert found == pytest.approx(Floats(replay.tape).gradient(rows, replay.leaves()), rel=1e-12)


@given(width=st.integers(1, 18), n=st.integers(1, 40), step=st.integers(1, 3), machine=st.sampled_from(blocks.MACHINES),
       data=st.data())
def test_rows_of_any_width_find_their_columns(width, n, step, machine, data):
    xs = [Value(float(k)) for k in range(width)]
    replay = Replay([-x for x in xs[::step]], inputs=xs, backend="native")
    run = native.Native(replay.tape, Floats(replay.tape), machine=machine)
    rows = [[100.0 * i + k for k in range(width)] for i in range(n)]
    assert list(map(list, run.values(rows, []))) == [[-x for x in row[::step]] for row in rows]
    i, k = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, width - 1))
    rows[i][k] = data.draw(st.sampled_from([math.nan, math.inf, -math.inf]))
    with pytest.raises(ValueError, match=f"row {i}.*column {k}\\b"):
        run.values(rows, [])


@given(widths=st.lists(st.integers(1, 11), min_size=2, max_size=3), n=st.integers(1, 70),
       size=st.sampled_from([8, 16, 24, 32, 64]), machine=st.sampled_from(blocks.MACHINES), seed=st.integers(0, 99))
def test_layers_of_any_shape(widths, n, size, machine, seed):
    draw, xs = random.Random(seed), [Value(1.0) for _ in range(widths[0])]
    inputs = xs
    for width in widths[1:]:
        xs = [affine([draw.uniform(-1, 1) for _ in xs], xs, 0.5).relu() if draw.random() < 0.7 else
              affine([Value(draw.uniform(-1, 1)) for _ in xs], xs, Value(0.5)) for _ in range(width)]
    replay = Replay(fsum([x * x for x in xs]), inputs=inputs, backend="native")
    rows = [[draw.uniform(-1, 1) for _ in inputs] for _ in range(n)]
    found = gradient(replay, rows, machine=machine)
    assert gradient(replay, rows, machine=machine, rows=size) == found
    expected = Floats(replay.tape).gradient(rows, replay.leaves())
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_fsum_is_exact_where_a_pair_of_doubles_is_not():
    xs = [Value(1.0) for _ in range(5)]
    replay = Replay(fsum(xs), inputs=xs, backend="native")
    rows = [[1e300, 1.0, -1e300, 1e-300, 0.0], [1e300, 1e200, 1.0, -1e300, -1e200], [1e16, 1.0, -1e16, 1e-16, -1.0],
            [1e300, 1e250, 1e200, 1.0, -1e300]]
    assert replay(rows) == [math.fsum(row) for row in rows]


def test_wide_sums_of_products():
    xs, ws = [Value(float(i)) for i in range(300)], [Value(math.sin(i)) for i in range(300)]
    replay = Replay(affine(ws, xs, 1.0), inputs=xs, backend="native")
    row = [math.cos(i) for i in range(300)]
    exact = math.fsum([1.0, *(x * w.data for x, w in zip(row, ws))])
    assert replay([row] * 9) == pytest.approx([exact] * 9, rel=1e-12)
    replay.backward([row] * 9)
    assert [w.grad for w in ws] == pytest.approx([9 * x for x in row], rel=1e-14)


def test_a_long_graph_takes_little_memory():
    x, w = Value(0.5), Value(0.1)
    z = w
    for _ in range(20_000):
        z = z * x + w
    replay = Replay(z, inputs=[x], backend="native")
    assert replay.backward([[0.5], [0.25]]) == pytest.approx(0.2 + 0.1 / 0.75, rel=1e-12)
    assert w.grad == pytest.approx(2.0 + 1 / 0.75, rel=1e-12)


@pytest.mark.parametrize("changed", sources.FORMED)
def test_an_interpreter_built_for_programs_of_another_form_does_not_run(changed, monkeypatch, tmp_path):
    for name in sources.FORMED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((sources.ENGINE / name).read_bytes() + b"# another form" * (name == changed))
    monkeypatch.setattr(sources, "ENGINE", tmp_path)
    native.blocks.cache_clear()
    x = Value(2.0)
    with pytest.raises(ImportError, match="install again"):
        native.blocks()
    assert Replay(x * x, inputs=[x])([[3.0]]) == [9.0]
    with pytest.raises(ImportError, match="'native'.*install again"):
        Replay(x * x, inputs=[x], backend="native")([[3.0]])
