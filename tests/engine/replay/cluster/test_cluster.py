"""A replay on three processes: the bits, the errors and the grads of one, whatever the chunks, whoever dies."""
import os
import signal
import threading
import time

import pytest

from engine import Op, Replay, Value, log
from tests.clusters import kill_worker
from tests.engine.replay.agreement import network

np    = pytest.importorskip("numpy")
array = pytest.importorskip("dask.array")
pytest.importorskip("distributed")
N     = 30_003


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks are as short as a run, so that all workers have some."""
    from engine.replay.cluster import blocks
    monkeypatch.setattr(blocks, "FEWEST", 1)


def numbers(n=N):
    """n rows for the network."""
    i = np.arange(n)
    return np.stack([np.sin(i), np.cos(3 * i), *[(i % 3 == k).astype(float) for k in range(3)]], axis=1)


@pytest.fixture(scope="module")
def here():
    loss, inputs, _ = network()
    return Replay(loss, inputs=inputs)


def unknown(rows):
    """The same rows, of which nobody knows how many a chunk has."""
    return rows[array.ones(len(rows), chunks=rows.chunks[0]) > 0]


CHUNKINGS = {
    "one":     lambda rows, run: array.from_array(rows, chunks=(N, 5)),
    "runs":    lambda rows, run: array.from_array(rows, chunks=(4 * run, 5)),
    "uneven":  lambda rows, run: array.from_array(rows, chunks=((1, 7001, N - 7002), (2, 3))),
    "many":    lambda rows, run: array.from_array(rows, chunks=(3001, 5)),
    "unknown": lambda rows, run: unknown(array.from_array(rows, chunks=(10_000, 5))),
}


@pytest.mark.parametrize("chunking", CHUNKINGS)
def test_the_bits_are_those_of_one_process(client, here, chunking):
    rows  = numbers()
    there = here.on(client)
    far   = CHUNKINGS[chunking](rows, there.runner.run)
    z, slopes = here.value_and_gradient(rows)
    found, gradient = there.value_and_gradient(far)
    assert found == z and gradient.tolist() == slopes.tolist()
    for leaf in here.tape.leaves:
        leaf.grad = 0.0
    assert there.backward(far) == z and [v.grad for v in here.parameters] == slopes.tolist()
    if chunking in ("uneven", "unknown"):
        outputs = there(far)
        assert isinstance(outputs, array.Array) and outputs.compute().tolist() == here(rows).tolist()


@pytest.mark.parametrize("backend", ["python", "numpy"])
def test_other_backends_find_the_bits_that_they_find_in_one_process(client, here, backend):
    loss, inputs, _ = network()
    replay, rows = Replay(loss, inputs=inputs, backend=backend), numbers(1500)
    there = replay.on(client)
    assert there.backend == "cluster"
    found = there.value_and_gradient(array.from_array(rows, chunks=(400, 5)))[1]
    assert found.tolist() == replay.gradient(rows).tolist()


def test_leaves_are_read_afresh(client):
    x, w = Value(0.0, "x"), Value(2.0, "w")
    there = Replay(w * x, inputs=[x]).on(client)
    rows  = array.ones((10, 1))
    assert there.backward(rows) == 20.0 and w.grad == 10.0
    w.data = 3.0
    assert there.backward(rows) == 30.0 and there.value_and_gradient(rows, [5.0])[0] == 50.0


def test_a_frame_is_read_by_the_names_of_its_columns(client, here):
    frames, pandas = pytest.importorskip("dask.dataframe"), pytest.importorskip("pandas")
    rows  = numbers(9000)
    names = [v.label for v in here.inputs]
    frame = pandas.DataFrame(rows, columns=names)[names[::-1]]
    far   = frames.from_pandas(frame, npartitions=4)
    there = here.on(client)
    assert there.value_and_gradient(far)[0] == here.value_and_gradient(rows)[0]
    assert there(far).compute().tolist() == here(rows).tolist()
    with pytest.raises(ValueError, match="missing: 'y2'"):
        there.backward(far[names[:-1]])


def test_a_row_of_ones_own_and_those_that_it_calls_go_along(client):
    Op("2 * x * x", "4 * x", name="double_of_this_test")
    own = Op("double_of_this_test(x) + x", "4 * x + 1", name="own_of_this_test")
    x, w = Value(0.0, "x"), Value(3.0, "w")
    there = Replay(own(w * x), inputs=[x]).on(client)
    assert there.value_and_gradient(array.ones((4, 1), chunks=1))[0] == 84.0


def test_an_error_comes_back_whole_with_the_number_of_its_row(client):
    x, w  = Value(0.0, "x"), Value(1_234_567.0, "w")
    here  = Replay(log(abs(x - w)), inputs=[x])
    rows  = array.arange(1_300_000.0, chunks=200_000)[:, None]
    there = here.on(client)
    with pytest.raises(ValueError) as plain:
        here.backward(rows.compute())
    assert str(plain.value).startswith("row 1234567: log(")
    with pytest.raises(ValueError) as error:
        there.backward(rows)
    assert str(error.value) == str(plain.value) and w.grad == 0.0
    with pytest.raises(ValueError, match="^row 1234567: log"):
        there(rows).compute()


def test_the_first_of_several_errors_is_the_one(client):
    x, w = Value(0.0, "x"), Value(1.0, "w")
    rows = array.from_array(np.where(np.arange(200_000) % 60_000 == 59_999, np.nan, 1.0)[:, None], chunks=7000)
    with pytest.raises(ValueError, match=r"^row 59999, column 0 \(x\)"):
        Replay(w * x, inputs=[x]).on(client).backward(rows)


def test_a_worker_that_dies_changes_nothing(client, here):
    rows   = numbers()
    there  = here.on(client)
    blocks = there.runner.kept(there.runner.blocks(there.rows(array.from_array(rows, chunks=(20_000, 5)))))
    wanted = here.value_and_gradient(rows)
    assert there.value_and_gradient(blocks)[0] == wanted[0]
    count = kill_worker(client)
    z, gradient = there.value_and_gradient(blocks)
    assert z == wanted[0] and gradient == wanted[1].tolist()
    client.wait_for_workers(count, timeout=60)
    assert there.value_and_gradient(blocks)[0] == wanted[0]


def slow(block):
    time.sleep(6)
    return block


def test_ctrl_c_cancels_what_runs(client):
    x, w  = Value(0.0, "x"), Value(1.0, "w")
    there = Replay(w * x, inputs=[x]).on(client)
    rows  = array.ones((3, 1), chunks=1).map_blocks(slow, dtype=float, meta=np.empty((0, 1)))
    begun = time.monotonic()
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        there.backward(rows)
    assert time.monotonic() - begun < 5.5 and w.grad == 0.0
    assert there.backward(array.ones((3, 1))) == 3.0


def test_kernels_that_all_have_are_taken(client, here):
    if here.backend != "native":
        pytest.skip("needs the compiled core")
    loss, inputs, _ = network()
    rows  = numbers(9000)
    plain = Replay(loss, inputs=inputs, kernels="plain")
    far   = array.from_array(rows, chunks=(4000, 5))
    assert here.on(client, kernels="plain").backward(far) == plain.backward(rows)
    assert plain.on(client).runner.kernels == plain.runner.machine == "plain"
    with pytest.raises(ValueError, match="'avx9' came"):
        here.on(client, kernels="avx9")
    with pytest.raises(ValueError, match="'avx9' came"):
        Replay(loss, inputs=inputs, kernels="avx9").backward(rows)
    with pytest.raises(ValueError, match="of the backend 'native'"):
        Replay(loss, inputs=inputs, kernels="plain", backend="numpy")


def test_what_does_not_fit_is_refused_with_the_remedy(client, here):
    far = array.ones((9, 5))
    for call in (here, here.backward, here.gradient):
        with pytest.raises(TypeError, match=r"replay\.on\(client\)"):
            call(far)
    with pytest.raises(TypeError, match=r"dask\.array\.from_array\(rows\)"):
        here.on(client).backward(numbers(9))
    with pytest.raises(ValueError, match="rows of 5 numbers"):
        here.on(client).backward(far[:, :4])
    with pytest.raises(TypeError, match=r"needs a dask\.distributed\.Client"):
        here.on("tcp://127.0.0.1:8786")


def test_without_dask_an_error_names_the_extra(here, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[cluster\]'"):
        here.on(None)


def test_no_rows_have_no_sum(client, here):
    assert here.on(client).value_and_gradient(array.ones((0, 5)))[0] == 0.0
