"""The example of tests/README.md: a gradient that is wrong by 100 % where it is small; and its tests are there."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine import Op
from engine.testing import check_gradient

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("x", [-700.0, -15.0, 0.0, 15.0])
def test_a_small_gradient_that_is_wrong_is_found(x: float) -> None:
    sigmoid = "1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))"
    check_gradient(Op(sigmoid, "sigmoid(x) * sigmoid(-x)", name="right_sigmoid"), x)
    with pytest.raises(AssertionError, match="wrong gradient of wrong_sigmoid"):
        check_gradient(Op(sigmoid, "2 * sigmoid(x) * sigmoid(-x)", name="wrong_sigmoid"), x)


def test_pytorch_lets_it_pass() -> None:
    torch = pytest.importorskip("torch")

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.sigmoid(x)

        @staticmethod
        def backward(ctx, g):
            x, = ctx.saved_tensors
            return 2 * g * torch.sigmoid(x) * torch.sigmoid(-x)

    def passes(x: float) -> bool:
        at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        return bool(torch.autograd.gradcheck(Wrong.apply, (at,), raise_exception=False))
    assert passes(-15.0) and passes(-12.0) and not passes(-11.0) and not passes(0.0)


def test_the_page_names_tests_that_there_are() -> None:
    named = re.findall(r"`((?:tests|proofs|docs)/[\w/]+\.\w+)`", PAGE)
    assert len(named) > 25 and [name for name in named if not (ROOT / name).exists()] == []
