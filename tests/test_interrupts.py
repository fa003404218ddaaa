"""Every change of many things is one: interrupted anywhere, it has happened or it has not."""
from __future__ import annotations

import signal
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import settings

import nn
from engine import Replay, Value, draw, label, log
from engine.testing import check_gradient
from nn.training.runs import Run
from nn.training.tasks import Task
from tests.engine.picture import drawing
from tests.interrupts import all_or_nothing

OPTIMISERS = [lambda ps: nn.SGD(ps, lr=0.1, momentum=0.9), lambda ps: nn.Adam(ps, lr=0.1),
              lambda ps: nn.AdamW(ps, lr=0.5, amsgrad=True)]
SOME = settings.default.max_examples // 3  # type: ignore[attr-defined]    # places of an act that takes long
Made = tuple[Callable[[], Any], Callable[[], Any]]


def numbers(values: Any) -> list[tuple[float, float, str]]:
    return [(v.data, v.grad, v.label) for v in values]


def some() -> list[Value]:
    """Three leaves with grads."""
    leaves = [Value(n, f"v{n}") for n in range(1, 4)]
    for v in leaves:
        v.grad = 0.5 * v.data
    return leaves


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_step_moves_all_parameters_and_what_is_remembered_or_nothing(optimiser: Any) -> None:
    def make() -> Made:
        leaves = some()
        rule = optimiser(leaves)
        return rule.step, lambda: (numbers(leaves), rule.state, rule.steps)
    assert all_or_nothing(make) > 5


def test_zero_grad_is_one_change() -> None:
    def of_optimiser() -> Made:
        leaves = some()
        return nn.SGD(leaves).zero_grad, lambda: numbers(leaves)

    def of_module() -> Made:
        model = nn.MLP(2, [2, 1], seed=1)
        for p in model.parameters():
            p.grad = 1.0
        return model.zero_grad, lambda: numbers(model.parameters())

    def of_value() -> Made:
        leaves = some()
        total = leaves[0] * leaves[1] + leaves[2]
        total.backward()
        return total.zero_grad, lambda: numbers([*leaves, total])
    for make in of_optimiser, of_module, of_value:
        all_or_nothing(make)


def test_backward_is_one_change() -> None:
    def eager() -> Made:
        leaves = some()
        total = log(leaves[0] * leaves[1] + leaves[2]) * leaves[0]
        return total.backward, lambda: numbers([*leaves, total, *total.parents])

    def replayed() -> Made:
        leaves = some()
        replay = Replay(leaves[0] * leaves[1] + leaves[2], inputs=leaves[:1], backend="python")
        return lambda: replay.backward([[1.0], [2.0]]), lambda: numbers(leaves)
    all_or_nothing(eager)
    assert all_or_nothing(replayed) > 5


def test_a_check_leaves_data_and_grads_as_they_were() -> None:
    def make() -> Made:
        leaves = some()
        total = leaves[0] * leaves[1]
        total.backward()
        return lambda: check_gradient(lambda *vs: vs[0] * vs[1], *leaves[:2]), lambda: numbers([*leaves, total])
    assert all_or_nothing(make) > 100


def test_a_comparison_of_a_replay_leaves_grads_as_they_were() -> None:
    def make() -> Made:
        leaves = some()
        replay = Replay(leaves[0] * leaves[1], inputs=leaves[:1])
        return lambda: replay.check([[1.0]], lambda x: x * leaves[1]), lambda: numbers(leaves)
    assert all_or_nothing(make) > 50


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")   # a file opened, and never closed
def test_a_file_is_loaded_whole(tmp_path: Any) -> None:
    nn.save(nn.MLP(1, [1, 1], seed=1), tmp_path / "model.json")

    def make() -> Made:
        model = nn.MLP(1, [1, 1], seed=2)
        return lambda: nn.load(model, tmp_path / "model.json"), lambda: numbers(model.parameters())
    assert all_or_nothing(make) > 50


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_file_is_saved_whole(tmp_path: Any) -> None:
    def make() -> Made:
        path = tmp_path / "model.json"
        nn.save(nn.MLP(1, [1, 1], seed=1), path)
        for other in set(tmp_path.iterdir()) - {path}:
            other.unlink()
        return lambda: nn.save(nn.MLP(1, [1, 1], seed=2), path), path.read_text
    assert all_or_nothing(make, most=SOME) > 50


def ctrl_c_comes() -> bool:
    """Whether Ctrl-C is what it is; it is set anew then."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return True
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return False


@pytest.mark.parametrize("eager", [True, None])
def test_a_training_stands_between_two_steps(eager: Any) -> None:
    rows, targets = [[0.5], [-1.0], [0.25]], [1.0, 0.0, 0.5]
    settings: dict[str, Any] = {"batch_size": 2, "seed": 3, "eager": eager}

    def begun() -> tuple[Any, Any, Callable[[], Any]]:
        model = nn.MLP(1, [2, 1], seed=1)
        rule  = nn.Adam(model.parameters(), lr=0.1)
        return model, rule, lambda: ([p.data for p in model.parameters()], rule.steps, rule.state, ctrl_c_comes())

    def make() -> Made:
        model, rule, state = begun()
        return lambda: nn.fit(model, nn.mean_squared_error, rows, targets, optimiser=rule, epochs=2, progress=False,
                              interrupt="raise", **settings), state
    model, rule, state = begun()
    run, between = Run(Task(model, nn.mean_squared_error, rows, targets), optimiser=rule, **settings), []
    for _ in range(5):                               # two batches, the end of an epoch, and again
        run.advance()
        between.append(deepcopy(state()))
    assert all_or_nothing(make, most=SOME, between=between) > 50


@drawing
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_drawing_leaves_the_graph_alone_and_a_whole_picture(tmp_path: Any) -> None:
    def make() -> Made:
        leaves = some()
        total = leaves[0] * leaves[1] + leaves[2]
        total.backward()
        path = tmp_path / "graph.svg"
        path.write_text("before")
        return lambda: draw(total).save(path), lambda: (numbers([*leaves, total]), path.read_text())
    assert all_or_nothing(make, most=SOME) > 50


def test_labels_are_given_to_all_or_to_none() -> None:
    def make() -> Made:
        a, b, c = Value(1.0), Value(2.0), Value(3.0)
        return lambda: label(a=a, b=b, c=c), lambda: numbers([a, b, c])
    assert all_or_nothing(make) > 3


def test_a_schedule_is_made_whole() -> None:
    def make() -> Made:
        optimiser = nn.SGD([Value(1.0)], lr=0.1)
        first = nn.StepLR(optimiser, 1, gamma=0.5)
        first.step()
        return lambda: nn.ExponentialLR(optimiser, gamma=0.9), lambda: (optimiser.lr, vars(optimiser)["turn"])
    all_or_nothing(make)
