"""nn/embeddings.py, norms.py, attention.py, blocks.py: what a transformer is made of."""
from __future__ import annotations

from itertools import count
from math import exp, sqrt

import pytest
from hypothesis import given, settings, strategies as st

from engine import Replay, Value, draw, explain, fsum
from engine.testing import check_gradient
from nn import (MLP, Block, Embedding, FeedForward, LayerNorm, Residual, RMSNorm, SelfAttention, cross_entropy, load,
                save)
from nn.attention import attend
from nn.structure import structure
from tests.engine.replay.agreement import BACKENDS

NUMBERS = st.floats(-2.0, 2.0)
ROW     = st.lists(NUMBERS, min_size=4, max_size=4)
PLACES  = st.lists(ROW, min_size=1, max_size=4)
MAKERS  = [lambda: Embedding(5, 4, seed=1), lambda: RMSNorm(4), lambda: LayerNorm(4),
           lambda: SelfAttention(4, 2, seed=1), lambda: FeedForward(4, 3, activation="tanh", seed=1),
           lambda: Residual(FeedForward(4, 3, seed=1), LayerNorm(4)), lambda: Block(4, 2, 5, seed=1)]
each    = pytest.mark.parametrize("make", MAKERS, ids=[repr(make()) for make in MAKERS])


def data(values):
    return [data(v) if isinstance(v, list) else v.data for v in values]


def output(module, places):
    """The sum of all that a module makes of some places; of an embedding, of their numbers."""
    given = [0, 3, 3] if isinstance(module, Embedding) else places
    return fsum([x * (1 + k) for k, x in enumerate([x for place in module(given) for x in place])])


@each
def test_parameters_are_named_counted_saved_and_told_apart(make, tmp_path) -> None:
    module, other = make(), make()
    names = [name for name, _ in module.named_parameters()]
    assert len({*names}) == len(names) == len(module.parameters()) > 0
    assert all(p.label == name for name, p in module.named_parameters())
    for p, n in zip(other.parameters(), count()):
        p.data = n / 10
    save(other, tmp_path / "part.json")
    load(module, tmp_path / "part.json")
    assert [p.data for p in module.parameters()] == [n / 10 for n in range(len(names))]
    assert structure(module)[""]["class"] == type(module).__name__ and repr(module) == repr(make())
    with pytest.raises(ValueError):
        load(MLP(4, [4], seed=1), tmp_path / "part.json")


@each
def test_gradients_are_those_of_finite_differences(make) -> None:
    module, places = make(), [[0.5, -1.0, 0.25, 2.0], [1.5, 0.5, -0.75, 0.1]]
    check_gradient(lambda *parameters: output(module, places), *module.parameters())


@each
def test_a_recording_finds_the_same(make) -> None:
    module, places = make(), [[0.5, -1.0, 0.25, 2.0], [1.5, 0.5, -0.75, 0.1]]
    if isinstance(module, Embedding):
        inputs, row = [Value(0.0), Value(0.0)], [3.0, 1.0]
        expected, z = module([3, 1]), module(inputs)
    else:
        inputs, row = [Value(0.0) for _ in range(8)], sum(places, [])
        expected, z = module(places), module([inputs[:4], inputs[4:]])
    for backend in BACKENDS:
        found = Replay(sum(z, []), inputs=inputs, backend=backend)([row])[0]
        assert found == pytest.approx(sum(data(expected), []), rel=1e-12, abs=1e-12)


@given(st.integers(0, 4))
def test_an_embedding_gives_its_parameters_and_a_value_chooses(n) -> None:
    letters = Embedding(5, 3, seed=1)
    assert all(a is b for a, b in zip(letters(n), letters.rows[n]))
    chosen = letters(Value(n))
    assert data(chosen) == data(letters(n))
    fsum(chosen).backward()
    assert [[p.grad for p in row] for row in letters.rows] == [[float(i == n)] * 3 for i in range(5)]


@pytest.mark.parametrize("bad", [-1, 5, 1.5])
def test_a_number_of_no_row_is_refused(bad) -> None:
    with pytest.raises(IndexError, match=r"Embedding\(5, 3\) needs a whole number from 0 to 4"):
        Embedding(5, 3)(bad)
    with pytest.raises(ValueError, match="a whole number below how many there are"):
        Embedding(5, 3)(Value(bad))


@given(ROW)
def test_norms_are_their_formulas(row) -> None:
    mean, size = sum(row) / 4, sqrt(sum(x * x for x in row) / 4 + 1e-5)
    away = sqrt(sum((x - mean) ** 2 for x in row) / 4 + 1e-5)
    assert data(RMSNorm(4)(row)) == pytest.approx([x / size for x in row], rel=1e-9, abs=1e-9)
    assert data(LayerNorm(4)(row)) == pytest.approx([(x - mean) / away for x in row], rel=1e-9, abs=1e-9)


def plainly(attention, places):
    """What the attention finds, written afresh on plain numbers."""
    def through(layer, x):
        return [n.b.data + sum(w.data * a for w, a in zip(n.w, x)) for n in layer.neurons]
    q, k, v = [[through(layer, x) for x in places] for layer in (attention.queries, attention.keys, attention.values)]
    size, found = len(q[0]) // attention.heads, []
    for i in range(len(places)):
        seen, read = range(i + 1 if attention.causal else len(places)), []
        for a in range(0, len(q[0]), size):
            powers = [exp(sum(q[i][j] * k[s][j] for j in range(a, a + size)) / sqrt(size)) for s in seen]
            read += [sum(p * v[s][j] for p, s in zip(powers, seen)) / sum(powers) for j in range(a, a + size)]
        found.append(through(attention.joined, read))
    return found


@settings(max_examples=30)
@given(PLACES, st.sampled_from([1, 2, 4]), st.booleans())
def test_attention_is_its_formula_and_no_place_sees_what_comes(places, heads, causal) -> None:
    attention = SelfAttention(4, heads, causal=causal, seed=3)
    found = data(attention(places))
    for row, expected in zip(found, plainly(attention, places)):
        assert row == pytest.approx(expected, rel=1e-9, abs=1e-9)
    if causal:
        assert data(attention(places[:1])) == found[:1]


@given(ROW, PLACES)
def test_shares_add_up_to_1(query, places) -> None:
    shares, read = attend(query, places, places)
    assert sum(shares) == pytest.approx(1.0) and len(read) == 4


def test_heads_divide_the_width() -> None:
    for heads in (3, 0, 5):
        with pytest.raises(ValueError, match=r"SelfAttention\(nin, heads\) needs heads that divide the width"):
            SelfAttention(4, heads)
    with pytest.raises(TypeError, match="whole number"):
        SelfAttention(4, 2.0)


def test_a_class_by_number_may_be_an_input() -> None:
    z, t = [Value(x, f"z{i}") for i, x in enumerate((-0.9632, 0.0032, 0.1352))], Value(0.0, "t")
    loss = cross_entropy(z, t)
    for backend in BACKENDS:
        replay = Replay(loss, inputs=[t], backend=backend)
        assert replay([[0], [1], [2]]) == pytest.approx([cross_entropy(z, i).data for i in range(3)], rel=1e-15)
        for i in range(3):
            expected = [p for p in cross_entropy(z, i).partials]
            assert replay.gradient([[i]]) == pytest.approx(expected, rel=1e-14)
        for bad in (3.0, -1.0, 0.5):
            with pytest.raises(ValueError, match="row 0.*the number of a class: a whole number from 0"):
                replay.backward([[bad]])
    for bad in (3.0, -1.0, 0.5):
        with pytest.raises(ValueError, match="the number of a class: a whole number from 0"):
            cross_entropy(z, Value(bad))


def test_its_slope_keeps_its_digits_where_the_share_rounds_to_1() -> None:
    z, t = [Value(50.0), Value(0.0), Value(-1.0)], Value(0.0)
    by_number, by_place = cross_entropy(z, t), cross_entropy(z, 0)
    assert by_number.partials[:3] == by_place.partials and by_number.data == by_place.data > 0.0
    assert -1e-22 > by_number.partials[0] > -1e-21


def test_a_block_can_be_drawn_and_explained() -> None:
    block = Block(4, 2, 3, seed=1)
    z = fsum(block([[Value(0.5), Value(-1.0), Value(0.25), Value(2.0)]] * 2)[1])
    p = block.attention.part.values.neurons[0].w[0]
    assert repr(block) == ("Block of [Residual(SelfAttention(4, 2), RMSNorm(4)), "
                           "Residual(FeedForward(4, 3), RMSNorm(4))]")
    z.backward()
    assert explain(z, p).derivative == pytest.approx(p.grad) and "attention.part" in draw(z, wrt=p, limit=2000).source


@pytest.mark.parametrize("make", [lambda: SelfAttention(4, 2, seed=1), lambda: Block(4, 2, seed=1)])
@given(st.one_of(ROW, NUMBERS, st.just("some")))
def test_one_place_where_several_are_needed_is_told(make, place) -> None:
    with pytest.raises(TypeError, match=r"^SelfAttention\(4, 2\) needs a list of places.*for one place x write \[x\]"):
        make()(place)


@given(st.lists(NUMBERS, min_size=1, max_size=4), st.lists(NUMBERS, max_size=4), st.booleans())
def test_a_residual_adds_as_many_numbers_as_it_was_given(xs, found, several) -> None:
    x, y = ([xs], [found]) if several else (xs, found)
    if len(xs) == len(found):
        assert Residual(lambda _: y)(x) == ([[a + b for a, b in zip(xs, found)]] if several else
                                            [a + b for a, b in zip(xs, found)])
        return
    with pytest.raises(ValueError, match=rf"^Residual\(part\) needs as many .*; {len(xs)} and {len(found)} came"):
        Residual(lambda _: y)(x)
