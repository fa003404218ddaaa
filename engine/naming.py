"""What values are called: labels, the caller's own variable names, and formulas written in them.

>>> from engine import Value
>>> w = [Value(0.5), Value(-2.0)]
>>> label(w=w)
>>> w[1]
Value(data=-2, grad=0, label='w[1]')
"""
from __future__ import annotations

import sys
from types import ModuleType

from engine.errors import brief
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import FrameType
    from typing import Any

SKIPPED = ("In", "Out")              # what IPython keeps its history in; names that start with _ are skipped too
ATOM = 9                             # how tightly a formula holds together: a name is never put in parentheses
RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4}


def label(mapping: Mapping[str, Any] | None = None, /, **names: Any) -> None:
    """Label values by their names, those in lists, tuples, dicts and NumPy object arrays by name and place: `w[0][1]`.

    Names that start with `_` are skipped, so are `In` and `Out`, and in a mapping like `locals()` whatever is no Value.
    A label that is there stays; of two names the first wins. Errors: TypeError for a name given by hand to no Value.

    >>> a, layer = Value(1.0), [Value(2.0), Value(3.0)]
    >>> label({"a": a, "layer": layer, "n": 3, "first": layer[0]})
    >>> a.label, layer[0].label, layer[1].label
    ('a', 'layer[0]', 'layer[1]')
    """
    if mapping is not None and not (hasattr(mapping, "items") and hasattr(mapping, "keys")):
        raise TypeError(f"label takes names, as in label(a=a), or a mapping of names, as in label(locals()); "
                        f"it got {brief(mapping)}")
    for name, thing in names.items():
        if not isinstance(thing, Value) and parts(thing) is None:
            raise TypeError(f"label({name}=...) needs a Value, or a list, tuple, dict or NumPy array of Values; "
                            f"it got {brief(thing)}")
    for name, value in named({**(mapping or {}), **names}):
        if not value.label:
            value.label = name


def named(things: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """Every Value among the things, with its name; those in lists and dicts by name and place.

    >>> [name for name, value in named({"a": Value(1.0), "w": [[Value(2.0)], {"b": Value(3.0)}], "_b": Value(4.0)})]
    ['a', 'w[0][0]', "w[1]['b']"]
    """
    entered: set[int] = set()                        # a list may hold itself
    stack = [(name, thing) for name, thing in reversed(list(things.items()))
             if isinstance(name, str) and not name.startswith("_") and name not in SKIPPED]
    while stack:
        name, thing = stack.pop()
        if isinstance(thing, Value):
            yield name, thing
        elif (inner := parts(thing)) and id(thing) not in entered:
            entered.add(id(thing))
            stack += [(f"{name}[{key!r}]", part) for key, part in inner
                      if isinstance(part, Value) or parts(part)][::-1]


def parts(thing: Any) -> Iterable[tuple[Any, Any]] | None:
    """What is in a list, a tuple, a dict or a NumPy object array, with its place or key; None for everything else."""
    if isinstance(thing, (list, tuple)):
        return enumerate(thing)
    if isinstance(thing, dict):
        return ((key, part) for key, part in list(thing.items()) if type(key) in (str, int))
    numpy: Any = sys.modules.get("numpy")            # who has no NumPy has no arrays
    if isinstance(numpy, ModuleType) and isinstance(thing, numpy.ndarray) and thing.dtype == object and thing.ndim:
        return enumerate(thing)
    return None


def given_names(names: Mapping[str, Any] | None, frame: FrameType) -> dict[Value, str]:
    """What values are called in a frame, locals before globals, or in `names` if given; nothing is stored on them.

    >>> p = Value(0.5)
    >>> given_names(None, sys._getframe())[p], given_names({"q": p}, sys._getframe())[p]
    ('p', 'q')
    """
    if names is not None and not (hasattr(names, "items") and hasattr(names, "keys")):
        raise TypeError(f"names= maps names to Values, as in names={{'p': p}}, or is {{}} for no names; "
                        f"it got {brief(names)}")
    found: dict[Value, str] = {}
    for things in (frame.f_locals, frame.f_globals) if names is None else (names,):
        for name, value in named(things):
            if names is not None or name.split("[")[0].isidentifier():       # debuggers, pytest add others
                found.setdefault(value, name)
        if frame.f_locals is frame.f_globals:
            break
    return found


def variable(v: Value) -> str:
    """The name of the variable that holds a value where this project was called from; empty where none does.

    It is asked for when an error is raised: the nearest caller's names first; long lists are not searched.

    >>> variable(Value(2.0))
    ''
    """
    for things in scopes():
        near = {name: thing for name, thing in things.items() if isinstance(name, str) and name.isidentifier()
                and (thing is v or isinstance(thing, (list, tuple, dict)) and len(thing) <= 1000)}
        for name, value in named(near):
            if value is v:
                return name
    return ""


def scopes() -> Iterator[Mapping[str, Any]]:
    """The variables of all callers outside this project, the nearest first: a caller's locals, then its globals."""
    frame: FrameType | None = sys._getframe()
    while frame:
        if str(frame.f_globals.get("__name__")).split(".")[0] not in ("engine", "nn"):
            yield frame.f_locals
            yield frame.f_globals
        frame = frame.f_back


def plain(text: str, longest: int = 40) -> str:
    r"""The text on one line, without what a terminal would obey, cut where it is long.

    >>> print(plain("two\nlines"), plain("\x1b[31mred"), plain("abcdef", 4))
    two lines �[31mred abc…
    """
    text = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text[:4 * longest].split()))
    return text if len(text) <= longest else text[:longest - 1] + "…"


def digits(x: float, places: int = 4) -> str:
    """A number in so many significant digits: 1e-6 must not read 0.0000. A slope that does not exist is undefined.

    >>> digits(-2.0), digits(0.15093), digits(1e-06), digits(-0.0)
    ('-2', '0.1509', '1e-06', '0')
    """
    return f"{x + 0.0:.{places}g}" if x == x else "undefined"


def number(x: float) -> tuple[str, int]:
    """A number in a formula, with how tightly it holds: a negative one no tighter than a minus sign does."""
    return digits(x), ATOM if x >= 0 else RANKS["neg"]


def written(v: Value, operand: Callable[[Value], tuple[str, int]]) -> tuple[str, int]:
    """A value's operation as a formula, with how tightly it holds; `operand` gives the same for each of its operands.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> written(a - b, lambda x: (x.label, ATOM)), written((a - b).exp(), lambda x: ("a - b", 1))
    (('a - b', 1), ('exp(a - b)', 9))
    """
    if v.op is None:
        return operand(v)
    texts = [operand(x) for x in v.parents]
    if v.op.many:
        return of_many(v, texts)
    rank = RANKS.get(v.op.symbol, ATOM)
    if rank == ATOM:
        return f"{v.op.name}({', '.join(text for text, _ in texts)})", ATOM
    if len(texts) == 1:
        return f"-{enclosed(texts[0], rank + 1)}", rank
    left, right = enclosed(texts[0], rank + (rank == 4)), enclosed(texts[1], rank + (rank < 4))
    return f"{left} {v.op.symbol} {right}", rank


def of_many(v: Value, texts: Sequence[tuple[str, int]]) -> tuple[str, int]:
    """The formula of an operation on many operands: sums as sums, the others as they are called."""
    op, names, n = v.op, [text for text, _ in texts], v.index or 0
    assert op is not None
    if op.name in ("dot", "affine") and n:
        pairs = [f"{enclosed(x, 2)} * {enclosed(y, 3)}" for x, y in zip(texts[:n], texts[n:])]
        return " + ".join(pairs + names[2 * n:]), 1
    if op.name == "fsum" and names:
        return " + ".join(names), 1
    if op.pairs:
        return f"{op.name}([{', '.join(names[:n])}], [{', '.join(names[n:])}])", ATOM
    return (f"{op.name}([{', '.join(names)}], {n})" if op.one else f"{op.name}({', '.join(names)})"), ATOM


def enclosed(text: tuple[str, int], rank: int) -> str:
    """A part of a formula, in parentheses where it holds less tightly than what is around it."""
    return f"({text[0]})" if text[1] < rank else text[0]
