from hypothesis import given
from hypothesis.strategies import floats, lists, text

from benchmarks.tables import eager, markdown, number, ratio, summary

CELL = text("abcxyz, 0123456789", max_size=9)


def blocks(*times):
    return [dict(forward=t / 2, backward=t / 4, free=t / 4, collector=0.0, steps=20) for t in times]


def cells(line):
    return [cell.strip() for cell in line[1:-1].split("|")]


@given(lists(lists(CELL, min_size=3, max_size=3), min_size=1, max_size=5))
def test_the_columns_of_a_table_are_aligned(rows):
    lines = markdown(["engine", "ns", "bytes"], rows).splitlines()
    assert len(lines) == len(rows) + 2
    assert len({tuple(i for i, sign in enumerate(line) if sign == "|") for line in lines}) == 1
    assert [cells(line) for line in lines[2:]] == [[cell.strip() for cell in row] for row in rows]


@given(floats(1e-3, 1e9))
def test_a_number_keeps_two_digits_or_more(x):
    assert abs(float(number(x).replace(",", "")) - x) <= 0.051 * x


@given(lists(floats(1.0, 1e6), min_size=1, max_size=9), floats(0.1, 10.0))
def test_the_ratio_is_between_blocks_of_the_same_round(times, factor):
    assert abs(ratio(blocks(*[t * factor for t in times]), blocks(*times)) - factor) < 1e-9 * factor


def test_the_tables_name_engines_and_ratios():
    found = {"floats": blocks(100.0), "glassgrad": blocks(800.0), "micrograd": blocks(8000.0)}
    assert cells(eager(found).splitlines()[3]) == ["glassgrad", "400", "200", "200", "800", "0", "8.00", "10.0"]
    lines = summary({("W1", False): found, ("W1", True): found}).splitlines()
    assert cells(lines[0]) == ["ns per op", "W1", "W1, tuned"]
    assert cells(lines[3]) == ["glassgrad", "800", "800"]


def test_without_a_peer_its_ratio_is_left_out():
    assert cells(eager({"glassgrad": blocks(800.0)}).splitlines()[2])[-2:] == ["–", "–"]


def test_fewer_steps_than_asked_are_told():
    slow = [{**block, "steps": 2} for block in blocks(800.0)]
    assert "(2 steps)" in eager({"glassgrad": slow})
