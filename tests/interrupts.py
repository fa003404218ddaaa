"""Ctrl-C at every place where Python looks for it, one after the other: what is all or nothing shows no third thing.

CPython looks for signals as a function begins, as a loop goes back, and after each call: there, and not between other
instructions, a KeyboardInterrupt can come up.
"""
from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Container
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import engine
import nn
from engine import core

LOOKS  = "CALL", "JUMP_BACKWARD", "JUMP_ABSOLUTE", "RESUME"
PLACES = *[str(Path(str(package.__file__)).parent) for package in (engine, nn)], "<row "      # the tree's, or installed


@cache
def instructions(code: CodeType) -> dict[int, str]:
    """What stands at each offset."""
    return {each.offset: each.opname for each in dis.get_instructions(code)}


class Interrupter:
    """A trace function that raises KeyboardInterrupt at the n-th of these places in the project's code."""

    def __init__(self, n: int) -> None:
        self.left, self.raised = n, False
        self.before: dict[FrameType, str] = {}

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if not code.co_filename.startswith(PLACES):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and not self.raised:
            before, self.before[frame] = self.before.get(frame, "RESUME"), instructions(code).get(frame.f_lasti, "")
            if before.startswith(LOOKS):
                self.left -= 1
                self.raised = self.left < 0
            if self.raised:
                raise KeyboardInterrupt
        return self


def tracing(trace: Any) -> None:
    """Trace what is called from here on, each operation: Python 3.12 tells of none before some frame asks for it."""
    sys._getframe().f_trace_opcodes = True
    sys.settrace(trace)


def interrupted(act: Callable[[], Any], n: int) -> bool:
    """Whether an act, interrupted at the n-th place, was not over before it came there."""
    interrupter, before = Interrupter(n), sys.gettrace()
    tracing(interrupter)
    try:
        act()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return interrupter.raised


def all_or_nothing(make: Callable[[], tuple[Callable[[], Any], Callable[[], Any]]], most: int = 120,
                   between: Container[Any] = ()) -> int:
    """Interrupts the act that `make` gives: each time it has happened, or it has not. How many places it has.

    `make` also gives a function that shows all that the act changes. Of an act in several steps, `between` is what may
    be shown besides. Where there are more than `most` places, the last ones are tried, and some of the others.
    """
    make()[0]()                                      # what is loaded or poured once is there afterwards
    act, state = make()
    before = state()
    count, tracer = Interrupter(10 ** 9), sys.gettrace()
    tracing(count)
    try:
        act()
    finally:
        sys.settrace(tracer)                         # of coverage, for example
    after, places = state(), 10 ** 9 - count.left
    assert places or core == "native", "no place was found at which to interrupt"      # there it may be one call of C
    for n in {*range(0, places, 1 + places // most), *range(max(0, places - most), places)}:
        act, state = make()
        interrupted(act, n)
        found = state()
        assert found in (before, after) or found in between, \
            f"interrupted at place {n} of {places}, it has happened in part"
    return places
