"""What changes the code changes it, in many places, and every reason why a change is harmless is one of a change."""
from __future__ import annotations

import ast

import pytest

from proofs.changes import changes_of_python
from proofs.mutants import REPORT, ROOT, TARGETS, harmless, mutants_of


def test_there_are_many_mutants_and_each_has_its_tests() -> None:
    for path, _, tests, core in TARGETS:
        mutants = mutants_of(path, tests, core)
        assert mutants and len({mutant.title for mutant in mutants}) == len(mutants)
        assert all([(ROOT / name).exists() for name in tests]), path
    assert sum([number for _, number, *_ in TARGETS]) >= 500


@pytest.mark.parametrize("path", ["engine/graph.py", "nn/losses.py"])
def test_each_mutant_is_another_program(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    for change in changes_of_python(text):
        assert ast.dump(ast.parse(change.applied(text))) != ast.dump(ast.parse(text)), change


def test_reasons_are_those_of_mutants_that_there_are() -> None:
    there = {(each.path, each.title) for path, _, tests, core in TARGETS for each in mutants_of(path, tests, core)}
    assert {key for key in harmless() if key not in there} == set()
    assert "no reason is known" not in REPORT.read_text(encoding="utf-8")
