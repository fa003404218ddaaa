"""What a core does, as tests find it. `make test` runs these on Python's core too, after all on the compiled one.

Pictures, words, pages, frames and training ask a core for nothing else, and test_agreement.py holds all rows and random
programs on both cores to the same bits; `make test-all` runs everything on both.
"""
from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OF_A_CORE = (
    "engine/test_[!t]*.py",                          # values, errors, backward, 1,247 exact cases, rows, laws
    "engine/native/test_adversity.py",               # hostile subclasses, hooks, finalisers
    "engine/native/test_class.py",
    "engine/native/test_lifetime.py",                # memory, cycles, depth
    "engine/interop/test_copies.py",                 # copies and pickles
    "engine/derivatives/test_matrices.py",
    "engine/replay/test_failures.py",                # a tape is recorded, and its grads are added
    "engine/replay/test_gradient.py",
    "engine/replay/test_tape.py",
    "engine/text/test_error_sentences.py",
    "engine/text/test_notices.py",                   # what is a moved parameter
    "engine/testing/test_checking.py",
    "nn/test_nn.py",                                 # modules, losses, optimisers: Values that are made, read, moved
    "nn/test_losses.py",
    "nn/test_micrograd.py",
    "nn/test_module.py",
    "nn/test_optimisers.py",
    "nn/test_remembering.py",
    "test_interrupts.py",                            # all or nothing
    "test_public_face.py",
    "test_readme.py",
)
TYPED = "engine", "nn"                               # and the doctests there: what a reader types


def of_a_core(path: Path) -> bool:
    """Whether the tests of this file are run on the second core too.

    >>> [of_a_core(ROOT / file) for file in ("tests/engine/test_op.py", "tests/docs/test_guide.py", "nn/mlp.py")]
    [True, False, True]
    """
    place = path.relative_to(ROOT)
    return place.parts[0] in TYPED or any(path.match(f"tests/{file}") for file in OF_A_CORE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--second", action="store_true", help="only what a core does: the second core need do no more")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    second = config.getoption("second") and collection_path.suffix == ".py" and collection_path.stem != "__init__"
    return True if second and not of_a_core(collection_path) else None


def pytest_report_header(config: pytest.Config) -> list[str]:
    return ["only what a core does: see tests/cores.py"] if config.getoption("second") else []
