"""Where not all is installed that the tests take: `--bare` skips a test, or a file, that imports what is missing.

Only an import by the tests or the guide is a reason to skip: what the project imports, or does without, is tested.
"""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = "engine", "nn", "glassgrad", "demos", "tests", "benchmarks", "proofs"
READ = str(ROOT / "tests"), "<page>", "<README.md>"   # the last two are what tests call snippets of the guide


class Skipping:
    """Asked last of all where a module is."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        frame = sys._getframe(1)
        while frame.f_back and frame.f_code.co_filename.startswith("<frozen importlib"):
            frame = frame.f_back
        if frame.f_code.co_filename.startswith(READ) and name.partition(".")[0] not in OURS:
            pytest.skip(f"{name} is not installed", allow_module_level=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bare", action="store_true", help="skip what imports a package that is not installed")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("bare"):
        sys.meta_path.append(Skipping())
