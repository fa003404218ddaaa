"""What the code of a program does with a difference, read from its instructions: on however many lines it stands.

It is read from where the operands begin to what takes the difference, with paths in the place of values. What is not
known here stays unknown.
"""
from __future__ import annotations

import dis
import re
from functools import lru_cache
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Path = tuple[Any, ...]

STORES  = "STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF"
LOADS   = "LOAD_FAST", "LOAD_NAME", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FAST_CHECK"
GIVES   = "RETURN_VALUE", "YIELD_VALUE", "LIST_APPEND", "SET_ADD", "MAP_ADD"
IDLE    = "EXTENDED_ARG", "NOP"
SIGNS   = {"BINARY_ADD": "+", "BINARY_SUBTRACT": "-", "INPLACE_ADD": "+=", "INPLACE_SUBTRACT": "-=",
           "BINARY_MULTIPLY": "*", "BINARY_TRUE_DIVIDE": "/", "UNARY_NEGATIVE": "-"}         # until Python 3.10
TURNS   = {"ROT_TWO": 2, "ROT_THREE": 3, "ROT_FOUR": 4}
JUMPS   = {*dis.hasjrel, *dis.hasjabs}
TWO     = re.compile("LOAD_FAST|STORE_FAST")
HIGHER  = {"LOAD_FAST": 1, "STORE_FAST": -1}
DOUBLES = {"DUP_TOP": 1, "DUP_TOP_TWO": 2}           # how many; COPY says it itself

# What lies on the stack: ("name", "w"), ("constant", 0), ("attribute", path, "w"), ("item", path, path); a multiple of
# a gradient is ("multiple", its path), the difference ("made",), what is computed of it ("of made",), and a list
# or tuple of these ("several", path, ...).
UNKNOWN: Path = ("unknown",)
MADE:    Path = ("made",)


class Step:
    """An instruction: what it is, what it is about, how much higher it leaves the stack."""

    def __init__(self, kind: str, about: Any, higher: int, of: dis.Instruction) -> None:
        self.kind, self.about, self.higher, self.at = kind, about, higher, of.offset
        self.sign   = of.argrepr if kind == "BINARY_OP" else SIGNS.get(kind, "")
        self.jumps  = of.opcode in JUMPS
        self.target = of.is_jump_target


@lru_cache(maxsize=64)
def steps_of(code: CodeType) -> list[Step]:
    """The instructions of a code; those of Python 3.13 that do two things are two."""
    steps = list[Step]()
    for each in dis.get_instructions(code):
        kinds = TWO.findall(each.opname)
        if len(kinds) == 2:
            steps += [Step(kind, name, HIGHER[kind], each) for kind, name in zip(kinds, each.argval)]
        elif each.opname not in IDLE:
            steps.append(Step(each.opname, each.argval, dis.stack_effect(each.opcode, each.arg, jump=False), each))
    return steps


class Reading:
    """What a code does where it makes a difference: the path of its `left` operand, the paths of the gradients that the
    number is made of (`read`) or a multiple of (`along`), the `places` that the difference is put into, and whether it
    is `given` away, returned or listed. `inplace` is for w -= number."""

    def __init__(self, code: CodeType, at: int) -> None:
        self.steps = steps_of(code)
        self.gradients = {after.about for one, after in zip(self.steps, self.steps[1:])
                          if (one.kind, one.about) == ("LOAD_ATTR", "grad") and after.kind in STORES}
        self.left, self.along, self.given, self.inplace = UNKNOWN, UNKNOWN, False, False
        self.read:   list[Path] = []
        self.places: list[Path] = []
        for here, step in enumerate(self.steps):
            if step.at == at and step.sign in ("+", "-", "+=", "-="):
                self.inplace = step.sign.endswith("=")
                self.operands(here)
                self.follow(here + 1)

    def operands(self, here: int) -> None:
        """Find out what the difference is made of."""
        first = self.beginning(here, 2)
        depth = doubled(self.steps[first])
        if depth:                                    # in place: the owner and the key stand below
            first = self.beginning(here, 2 + depth)
        stack: list[Path] = []
        for step in self.steps[first:here]:
            self.run(step, stack)
            top = stack[-1] if stack else UNKNOWN
            self.read += [top] if self.gradient(top) == top != UNKNOWN else []
        self.left, right = taken(stack, 2)
        self.along = self.gradient(right)

    def beginning(self, here: int, wanted: int) -> int:
        """Where so many operands of an instruction begin; itself where they are not computed in a straight line."""
        first = here
        while wanted > 0:
            first -= 1
            if first < 0 or self.steps[first].jumps or self.steps[first + 1].target:
                return here
            wanted -= self.steps[first].higher
        return first

    def follow(self, here: int) -> None:
        """Find out what takes the difference."""
        stack = [MADE]
        while any([holds(each) for each in stack]):
            step, here = self.steps[here], here + 1
            if step.kind == "JUMP_FORWARD":
                here = next(i for i, each in enumerate(self.steps) if each.at >= step.about)
            elif step.jumps:
                return
            elif step.kind in GIVES:
                self.given = self.given or plain(taken(stack, 1)[0])
                return
            else:
                self.run(step, stack)

    def run(self, step: Step, stack: list[Path]) -> None:
        """Do with paths what an instruction does with values."""
        kind, about = step.kind, step.about
        if kind in STORES:
            self.put(taken(stack, 1)[0], ("name", about))
        elif kind == "STORE_ATTR":
            value, owner = taken(stack, 2)
            self.put(value, ("attribute", owner, about))
        elif kind == "STORE_SUBSCR":
            value, owner, key = taken(stack, 3)
            self.put(value, ("item", owner, key))
        elif kind == "POP_TOP":
            taken(stack, 1)
        elif kind == "SWAP":
            first, *others, last = taken(stack, about)
            stack += [last, *others, first]
        elif kind in TURNS:
            *others, last = taken(stack, TURNS[kind])
            stack += [last, *others]
        elif depth := doubled(step):
            below = taken(stack, depth)
            stack += [*below, *below[:DOUBLES.get(kind, 1)]]
        elif kind == "UNPACK_SEQUENCE":
            whole = taken(stack, 1)[0]
            stack += reversed(whole[1:] if whole[0] == "several" else (UNKNOWN,) * about)
        elif step.higher > 0:
            stack += [loaded(step)] * step.higher
        else:
            stack.append(self.result(step, taken(stack, 1 - step.higher)))

    def result(self, step: Step, operands: list[Path]) -> Path:
        """What an instruction with one result makes of what it takes."""
        if step.kind == "LOAD_ATTR":
            return ("attribute", operands[0], step.about)
        if step.kind == "BINARY_SUBSCR":
            return ("item", *operands)
        if step.kind in ("BUILD_LIST", "BUILD_TUPLE"):
            return ("several", *operands)
        if any([holds(each) for each in operands]):
            return ("of made",) if step.sign else UNKNOWN
        over = 1 if step.sign == "/" else 2          # number / gradient is no multiple of it
        along = [path for each in operands[:over] if (path := self.gradient(each)) != UNKNOWN]
        return ("multiple", along[0]) if along and step.sign in ("+", "-", "*", "/") else UNKNOWN

    def gradient(self, path: Path) -> Path:
        """The path of the gradient that this one is, or is a multiple of."""
        if path[0] == "multiple":
            return path[1]  # type: ignore[no-any-return]
        known = path[0] == "attribute" and path[2] == "grad" or path[0] == "name" and path[1] in self.gradients
        return path if known else UNKNOWN

    def put(self, value: Path, place: Path) -> None:
        """Note a place that the difference is put into."""
        if value[0] in ("made", "of made"):
            self.places.append(place)
        self.given = self.given or value[0] == "several" and plain(value)


reading = lru_cache(maxsize=256)(Reading)


def loaded(step: Step) -> Path:
    """The path of what an instruction puts on the stack."""
    kind = "name" if step.kind in LOADS else "constant"
    return (kind, step.about) if step.higher == 1 and step.kind in (*LOADS, "LOAD_CONST") else UNKNOWN


def doubled(step: Step) -> int:
    """How far down what an instruction doubles lies; 0 for another instruction."""
    return DOUBLES.get(step.kind) or (step.about if step.kind == "COPY" else 0)


def taken(stack: list[Path], count: int) -> list[Path]:
    """The uppermost entries of a stack, taken from it; what lies below its first is unknown."""
    stack[:0] = [UNKNOWN] * (count - len(stack))
    top = stack[len(stack) - count:]
    del stack[len(stack) - count:]
    return top


def plain(value: Path) -> bool:
    """Whether something is the difference itself, or several things with it."""
    return value == MADE or value[0] == "several" and MADE in value


def holds(value: Path) -> bool:
    """Whether something is the difference, computed of it, or several things with it."""
    return value[0] in ("made", "of made") or value[0] == "several" and any([holds(each) for each in value[1:]])


def written(path: Path) -> str:
    """A path as it is written; nothing for one that is not known throughout.

    >>> written(("item", ("attribute", ("name", "self"), "ws"), ("constant", 0)))
    'self.ws[0]'
    """
    parts = [written(part) if isinstance(part, tuple) else str(part) for part in path[1:]]
    form = {"name": "{}", "attribute": "{}.{}", "item": "{}[{}]"}.get(path[0], "")
    if path[0] == "constant":
        return repr(path[1])
    return form.format(*parts) if all(parts) else ""
