"""Rows in blocks of whole runs, however they are chunked."""
import pytest
from hypothesis import given, settings, strategies as st

from engine.replay.cluster.blocks import Blocks, pieces_of, whole_runs

array = pytest.importorskip("dask.array")


@settings(max_examples=15)
@given(chunks=st.lists(st.integers(1, 900), min_size=1, max_size=9), run=st.sampled_from([1, 32, 100]),
       threads=st.integers(1, 5))
def test_chunks_become_whole_runs_and_no_row_is_lost(chunks, run, threads):
    rows  = array.arange(sum(chunks), chunks=(tuple(chunks),))[:, None]
    found = whole_runs(rows, run, threads)
    assert not any(n % run for n in found.chunks[0][:-1])
    assert (found.compute(scheduler="sync") == rows.compute(scheduler="sync")).all()


@given(st.integers(0, 5), st.integers(0, 95), st.sets(st.integers(0, 20)))
def test_pieces_are_the_wanted_runs_of_a_block(first, n, wanted):
    rows = [i for start, end in pieces_of(10 * first, n, 10, wanted) for i in range(start, end)]
    assert rows == [i for i in range(n) if (10 * first + i) // 10 in wanted]


def test_a_row_alone_is_in_its_block():
    blocks = Blocks("ab", [30, 20], [[(0, 30)], [(0, 20)]])
    assert blocks.firsts == [0, 30] and len(blocks) == 50
    assert blocks.only(30).pieces == [[], [(0, 1)]] and len(blocks.some([0, 4], 10)) == 20
