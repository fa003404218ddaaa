"""Every engine that is installed computes the gradient that it is timed for."""
from importlib import import_module

import pytest

from benchmarks.__main__ import PACKAGES
from benchmarks.peers import ENGINES
from benchmarks.scaling import Graph
from benchmarks.worker import check, step
from benchmarks.workloads import WORKLOADS, Workload, reference


def made(name):
    """The engine, or a skip that names the package which is not there."""
    for package in ENGINES[name].packages:
        pytest.importorskip(package)
    return ENGINES[name]()


def small(work):
    """The same loss on three rows."""
    return Workload(f"{work} on three rows", WORKLOADS[work].widths, 3, {"W1": (-1, 1), "W2": (0, 1, 2)}[work],
                    WORKLOADS[work].formula)


@pytest.mark.parametrize("work", WORKLOADS)
@pytest.mark.parametrize("name", ENGINES)
def test_gradients_are_those_of_complex_steps(name, work):
    assert check(made(name), small(work)) < 1e-12


@pytest.mark.parametrize("work", WORKLOADS)
@pytest.mark.parametrize("name", ENGINES)
def test_a_step_leaves_nothing_behind_for_the_next(name, work):
    engine, loss = made(name), small(work)
    engine.at(loss.parameters)
    step(engine, loss)
    engine.clear()
    again = engine.gradients(engine.backward(engine.forward(loss)))
    assert again == pytest.approx(reference(loss), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("name", "shape", "n"), [
    *((name, "chain", 50) for name in ENGINES if name != "floats"), ("glassgrad", "mesh", 6000), ("xad", "mesh", 6000)])
def test_the_slopes_of_large_graphs_are_known(name, shape, n):
    engine, graph = made(name), Graph(shape, n)
    engine.at(graph.point())
    assert engine.gradients(engine.backward(engine.forward(graph)))[0] == pytest.approx(graph.slope())


def test_every_package_is_named_once_and_none_is_forbidden():
    packages = [package for engine in ENGINES.values() for package in engine.packages]
    assert len(packages) == len(set(packages))
    assert "aadc" not in PACKAGES


def test_a_wrong_gradient_is_seen():
    class Halved(ENGINES["glassgrad"]):
        def gradients(self, found):
            return [slope / 2 for slope in super().gradients(found)]

    assert check(Halved(), small("W1")) > 0.4


def test_no_peer_is_imported_before_its_engine_is_made():
    assert import_module("benchmarks.peers").__dict__.keys().isdisjoint(PACKAGES)
