"""Someone at the REPL, in any order: make, combine, set, go backward, zero, differentiate, draw, replay, interrupt.

The model beside it is a list of numbers, of operands with slopes, and of grads: what backward must leave is found by
pushing a gradient down every edge, later values first.
"""
from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine import Op, Replay, Value, derivative, draw, explain, table
from tests.interrupts import interrupted
from tests.rows import restored

try:
    import torch
except ImportError:
    torch = None

NUMBERS = st.integers(-8, 8).map(lambda n: n / 4)
PLACES  = st.integers(0, 30)
UNARY   = ["tanh", "sin", "sigmoid", "softplus", "relu"]


class Repl(RuleBasedStateMachine):
    """Values by their places, and what the model knows of each: its data and grad, its parents with their slopes."""

    @initialize()
    def begin(self) -> None:
        self.values: list[Value] = []
        self.data: list[float] = []
        self.grads: list[float] = []
        self.edges: list[list[tuple[int, float]]] = []
        self.make(0.5)

    def add(self, v: Value, *edges: tuple[int, float]) -> None:
        self.values.append(v)
        self.data.append(v.data)
        self.grads.append(0.0)
        self.edges.append(list(edges))

    def at(self, place: int) -> int:
        return place % len(self.values)

    @rule(n=NUMBERS)
    def make(self, n) -> None:
        self.add(Value(n))

    @rule(i=PLACES, j=PLACES, sign=st.sampled_from("+-*"))
    def combine(self, i, j, sign) -> None:
        i, j = self.at(i), self.at(j)
        x, y = self.values[i], self.values[j]
        if abs(x.data) < 1e3 and abs(y.data) < 1e3:
            z, d = {"+": (x + y, (1.0, 1.0)), "-": (x - y, (1.0, -1.0)), "*": (x * y, (y.data, x.data))}[sign]
            assert z.partials == d
            self.add(z, (i, d[0]), (j, d[1]))

    @rule(i=PLACES, name=st.sampled_from(UNARY))
    def apply(self, i, name) -> None:
        z = getattr(self.values[self.at(i)], name)()
        self.add(z, (self.at(i), z.partials[0]))

    @rule(i=PLACES, k=NUMBERS)
    def make_a_row(self, i, k) -> None:
        row = Op(f"{k} * x if x > 0 else x", f"{k} if x > 0 else 1", name="own_row")
        x = self.values[self.at(i)]
        if abs(x.data) < 1e3:
            self.add(row(x), (self.at(i), k if x.data > 0 else 1.0))

    @rule(i=PLACES, text=st.text(max_size=4))
    def name(self, i, text) -> None:
        self.values[self.at(i)].label = text

    @rule(i=PLACES, n=NUMBERS)
    def set_data_of_a_leaf(self, i, n) -> None:
        i = self.at(i)
        if not self.edges[i]:
            self.values[i].data = self.data[i] = n

    @rule(i=PLACES, n=NUMBERS)
    def set_grad(self, i, n) -> None:
        self.values[self.at(i)].grad = self.grads[self.at(i)] = n

    def adjoints(self, root: int) -> dict[int, float]:
        found = {root: 1.0}
        for i in range(root, -1, -1):
            for parent, slope in self.edges[i] if i in found else ():
                found[parent] = found.get(parent, 0.0) + found[i] * slope
        return found

    @rule(i=PLACES)
    def backward(self, i) -> None:
        self.values[self.at(i)].backward()
        for each, g in self.adjoints(self.at(i)).items():
            self.grads[each] = g if self.edges[each] else self.grads[each] + g

    @rule(i=PLACES, n=st.integers(0, 40))
    def interrupt_backward(self, i, n) -> None:
        before = [v.grad for v in self.values]
        if interrupted(self.values[self.at(i)].backward, n) and [v.grad for v in self.values] == before:
            return
        for each, g in self.adjoints(self.at(i)).items():
            self.grads[each] = g if self.edges[each] else self.grads[each] + g

    @rule(i=PLACES)
    def zero(self, i) -> None:
        self.values[self.at(i)].zero_grad()
        for each in self.adjoints(self.at(i)):
            self.grads[each] = 0.0

    @rule(i=PLACES)
    def copy(self, i) -> None:
        v = self.values[self.at(i)]
        for again in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
            assert (again.data, again.grad, again.label) == (v.data, v.grad, v.label)
            assert len(again.parents) == len(v.parents)
            again.backward()                         # the copy's grads alone

    @rule(i=PLACES, j=PLACES)
    def differentiate(self, i, j) -> None:
        i, j = self.at(i), self.at(j)
        below = self.adjoints(i)
        if all([v.data == n for v, n in zip(self.values, self.computed())]):
            found = derivative(self.values[i], self.values[j])
            assert found.data == pytest.approx(below.get(j, 0.0), rel=1e-12, abs=1e-12)

    @rule(i=PLACES)
    def look(self, i) -> None:
        v = self.values[self.at(i)]
        assert str(table(v)) and draw(v).source.startswith("digraph") and repr(v)
        leaf = next(each for each in self.adjoints(self.at(i)) if not self.edges[each])
        assert str(explain(v, wrt=self.values[leaf]))

    @rule(i=PLACES, n=NUMBERS)
    def replay(self, i, n) -> None:
        i = self.at(i)
        leaf = next(each for each in self.adjoints(i) if not self.edges[each])
        found = Replay(self.values[i], inputs=[self.values[leaf]])([[self.data[leaf]], [n]])
        assert len(found) == 2                       # no data, grad or label has changed: see below

    def computed(self) -> list[float]:
        """The numbers as they would be found from the leaves' of now, for what is no leaf; a leaf's as it was used."""
        return [n if not edges else v.op.function(*[Value(self.data[p]) for p, _ in edges]).data
                for v, n, edges in zip(self.values, self.data, self.edges)]

    @invariant()
    def numbers_are_the_models(self) -> None:
        for v, n, g in zip(getattr(self, "values", ()), getattr(self, "data", ()), getattr(self, "grads", ())):
            assert v.data == n and v.grad == pytest.approx(g, rel=1e-12, abs=1e-12)


class Guarded(Repl):
    """The same, after which the table is as before."""

    def __init__(self) -> None:
        super().__init__()
        self.guard = restored()
        self.guard.__enter__()

    def teardown(self) -> None:
        self.guard.__exit__(None, None, None)


class Peer(Guarded):
    """The same beside PyTorch, where it is installed."""

    @rule(i=PLACES)
    def ask_the_peer(self, i) -> None:
        i = self.at(i)
        if not all([v.data == n for v, n in zip(self.values, self.computed())]):
            return
        leaves = [each for each in self.adjoints(i) if not self.edges[each]]
        tensors = {j: torch.tensor(self.data[j], dtype=torch.float64, requires_grad=True) for j in leaves}
        for j, v in enumerate(self.values):
            if j not in tensors and v.op is not None and v.op.name in ("add", "sub", "mul", "tanh", "sin", "sigmoid"):
                xs = [tensors[p] for p, _ in self.edges[j] if p in tensors]
                if len(xs) == len(self.edges[j]):
                    tensors[j] = getattr(torch, v.op.name)(*xs)
        if i in tensors and self.edges[i]:
            found = torch.autograd.grad(tensors[i], [tensors[j] for j in leaves], allow_unused=True)
            for j, d in zip(leaves, found):
                assert self.adjoints(i)[j] == pytest.approx(0.0 if d is None else d.item(), rel=1e-9, abs=1e-9)


TestRepl = (Guarded if torch is None else Peer).TestCase
TestRepl.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
