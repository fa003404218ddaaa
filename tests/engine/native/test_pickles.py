"""A pickle is the same on both cores, and either reads the other's."""
from __future__ import annotations

import itertools
import math
import pickle
import struct
import subprocess
import sys

import pytest

from engine import Value
from tests.engine.native import needs_native
from tests.engine.native.programs import Process

ROUND = """
import pickle, sys
from engine import Value, affine, fsum
x = Value(2.0, "x")
inner = affine([x, 1.0], [3.0, x], 0.5)
z = fsum(inner, inner * 0.1, x ** 2, x.exp(), 1.25)
z.label = "z"
sys.stdout.buffer.write(pickle.dumps([x, z]))
"""
BACK = """
import pickle, sys
x, z = pickle.loads(sys.stdin.buffer.read())
z.backward()
print(repr(x), repr(z), [p.data.hex() for p in z.parents], z.partials, x.grad.hex())
"""


@needs_native
@pytest.mark.parametrize("first, then", [("native", "python"), ("python", "native"), ("native", "native")])
def test_a_pickle_of_one_core_is_read_by_the_other(first: str, then: str) -> None:
    def python(code: str, which: str, given: bytes | None = None) -> bytes:
        done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, check=True,
                              env=Process.environment(which))
        return done.stdout

    pickled = {which: python(ROUND, which) for which in (first, "python")}
    assert pickled[first] == pickled["python"]
    assert python(BACK, then, pickled[first]) == python(BACK, "python", pickled["python"])


def test_a_pickle_with_a_number_that_no_node_holds_is_refused():
    good = pickle.dumps(Value(2.0, "x") * 3.0)
    for n, bad in itertools.product((2.0, 3.0), (math.nan, math.inf)):
        text = good.replace(struct.pack(">d", n), struct.pack(">d", bad))
        assert text != good
        with pytest.raises(ValueError, match="needs a finite number"):
            pickle.loads(text)


def test_a_network_is_copied_and_kept_before_its_functions_were_ever_called():
    code = ("import copy, pickle; from nn import MLP; model = MLP(2, [2, 1], seed=1)\n"
            "others = copy.deepcopy(model), pickle.loads(pickle.dumps(model))\n"
            "assert [other([1.0, 2.0]).data for other in others] == 2 * [model([1.0, 2.0]).data]")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert not done.returncode, done.stderr[-500:]
