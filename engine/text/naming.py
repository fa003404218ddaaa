"""What values are called: labels, the caller's own variable names, and formulas written in them.

>>> from engine import Value
>>> w = [Value(0.5), Value(-2.0)]
>>> label(w=w)
>>> w[1]
Value(data=-2.0, grad=0.0, label='w[1]')
"""
from __future__ import annotations

import ast
import re
import sys
import warnings
from itertools import repeat
from types import ModuleType

from engine.errors import brief
from engine.formula import AGGREGATES, ATOM, BINDS
from engine.readers.operands import columns_of
from engine.readers.traits import begins_sum
from engine.text.calls import bracketed, call_of
from engine.value import Value, commit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import FrameType
    from typing import Any

    from engine.op import Op
    from engine.text.calls import Written

SKIPPED  = ("In", "Out")             # what IPython keeps its history in; names that start with _ are skipped too
SEARCHED = 1000                      # things in a list where a value is looked for
MORE     = 1.0, "…"                  # the term of a sum that stands for those left out
WORD     = r"[^\W\d](?:(?![⁰¹²³⁴-⁹ⁿ])\w)*"                # x² would read as a power
PLAIN    = re.compile(rf"{WORD}(?:\.\w+|\[-?\w+\]|\['\w+'\])*")     # a name, or a path: layers[0].w
READ_AS  = ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call


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
    unlabelled: dict[Value, str] = {}
    for name, value in named({**(mapping or {}), **names}):
        if not value.label:
            unlabelled.setdefault(value, name)
    commit(map(setattr, unlabelled, repeat("_label"), unlabelled.values()))


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
    if names is not None:
        return first_names(named(names))
    scopes = [frame.f_locals] if frame.f_locals is frame.f_globals else [frame.f_locals, frame.f_globals]
    return first_names((name, value) for scope in scopes for name, value in named(scope)
                       if name.split("[")[0].isidentifier())                 # debuggers, pytest add others


def first_names(pairs: Iterable[tuple[str, Value]]) -> dict[Value, str]:
    """Each value with the first of its names."""
    names: dict[Value, str] = {}
    for name, value in pairs:
        names.setdefault(value, name)
    return names


def variable(v: Value) -> str:
    """The name of the variable that holds a value where this project was called from; empty where none does.

    It is asked for when an error is raised: the nearest caller's names first; long lists are not searched.

    >>> variable(Value(2.0))
    ''
    """
    for scope in scopes():
        near = {name: thing for name, thing in scope.items()
                if isinstance(name, str) and name.isidentifier() and may_hold(thing, v)}
        for name, value in named(near):
            if value is v:
                return name
    return ""


def may_hold(thing: Any, v: Value) -> bool:
    """Whether a thing is the value, or a list, tuple or dict that is short enough to be searched for it."""
    return thing is v or isinstance(thing, (list, tuple, dict)) and len(thing) <= SEARCHED


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
    line = " ".join(text[:4 * longest].split())
    return shortened("".join(c if c.isprintable() else "\ufffd" for c in line), longest)


def shortened(text: str, longest: int) -> str:
    """The text, cut where it is long.

    >>> shortened("abcdef", 4), shortened("abcd", 4)
    ('abc…', 'abcd')
    """
    return text if len(text) <= longest else text[:longest - 1] + "…"


def digits(x: float, places: int = 4) -> str:
    """A number in so many significant digits: 1e-6 must not read 0.0000. A slope that does not exist is undefined.

    >>> digits(-2.0), digits(0.15093), digits(1e-06), digits(-0.0)
    ('-2', '0.1509', '1e-06', '0')
    """
    return f"{x + 0.0:.{places}g}" if x == x else "undefined"


def signed_sum(terms: Iterable[tuple[float, str]]) -> str:
    """A sum as it is written: each term is a number, of which only the sign counts, and its text without a sign.

    >>> signed_sum([(-2.0, "a"), (1.0, "b"), (-0.5, "c")])
    '-a + b - c'
    """
    line = " ".join([f"- {text}" if n < 0 else f"+ {text}" for n, text in terms])
    return f"-{line[2:]}" if line.startswith("- ") else line.removeprefix("+ ")


def exactly(x: float) -> str:
    """A number with all its digits, or cut, not rounded, with a sign that says so.

    >>> exactly(1.00001), exactly(12345.0), exactly(-2 / 3), exactly(1e-20 / 7), exactly(5e-324)
    ('1.00001', '12345', '-0.6666…', '1.4285…e-21', '5e-324')
    """
    text = min(f"{x + 0.0:.10g}", repr(x + 0.0), key=len)
    if float(text) == x or x != x:
        return text
    mantissa, e, power = (repr(x) if 1e-4 <= abs(x) < 1e5 else f"{x:.16e}").partition("e")
    return f"{mantissa[:7 if x < 0.0 else 6]}…{e}{power}"


def literal(x: float) -> tuple[str, int]:
    """A number in a formula, with how tightly it holds: a negative one no tighter than a minus sign does."""
    return exactly(x), ATOM if x >= 0 else BINDS["minus"]


def as_operand(name: str) -> str:
    """A name in a formula: in brackets where it reads as an expression, quoted where it reads as no name at all.

    >>> as_operand("w[0]"), as_operand("a + b"), as_operand("3"), as_operand("hidden 1")
    ('w[0]', '(a + b)', "'3'", "'hidden 1'")
    """
    if PLAIN.fullmatch(name):
        return name
    return f"({name})" if reads_as_expression(name) else repr(name)


def reads_as_expression(name: str) -> bool:
    """Whether a name is a formula in other names."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(name.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(tree, READ_AS) and any(isinstance(part, ast.Name) for part in ast.walk(tree))


def clipped(formula: str, longest: int) -> str:
    """A formula, cut between its parts where it is long; what was opened is closed.

    >>> clipped("relu(w * x + b * (c + d))", 20)
    'relu(w * x + b * …)'
    """
    if len(formula) <= longest:
        return formula
    cut, open_, closing, quoted = "…", "", {"(": ")", "[": "]"}, ""
    for i, sign in enumerate(formula):
        if sign == quoted or not quoted and sign in "'\"":
            quoted = "" if quoted else sign
        if quoted:
            continue
        if sign in closing:
            open_ += closing[sign]
        elif sign in ")]":
            open_ = open_[:-1]
        if i + 1 + len(open_) >= longest:
            break
        if sign in " (":
            cut = f"{formula[:i + 1]}…{open_[::-1]}"
    return cut


def formula_of(v: Value, operand: Callable[[Value], Written]) -> Written:
    """A value's operation as a formula, with how tightly it binds; `operand` gives the same for each of its operands.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> formula_of(a - b, lambda x: (x.label, ATOM)), formula_of((a - b).exp(), lambda x: ("a - b", 1))
    (('a - b', 1), ('exp(a - b)', 9))
    >>> formula_of(Value.dot([a, b], [b, a + b]), lambda x: (x.label, ATOM) if x.label else ("a + b", 1))
    ('a * b + b * (a + b)', 1)
    """
    if v.op is None or begins_sum(v):
        return operand(v.parents[1] if v.op else v)
    parts = [operand(x) for x in v.parents]
    terms = terms_of(v.op, parts, v.index)
    if terms:
        return " + ".join(terms), BINDS["+"]
    return call_of(v.op, parts, v.index)


def terms_of(op: Op, parts: Sequence[Written], index: int | None) -> list[str]:
    """The terms that a row of many operands adds up, operands or products of pairs; none where it does not add."""
    match op.formula.tree:
        case ast.BinOp(left=ast.Call() as tree, op=ast.Add(), right=ast.Name(id="b")):
            last = [text for text, _ in parts[2 * (index or 0):]]
        case tree:
            last = []
    columns = columns_of(op, parts, index)
    match tree:
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(id="y")]) if adds_up(name):
            return [text for text, _ in columns["y"]]
        case ast.Call(func=ast.Name(id=name), args=[ast.BinOp(ast.Name(id="x"), ast.Mult(), ast.Name(id="y"))]) \
                if adds_up(name) and columns["x"]:
            return [*map(product, columns["x"], columns["y"]), *last]
    return []


def adds_up(name: str) -> bool:
    """Whether the aggregate of this name is the sum of what it runs over."""
    return name in AGGREGATES and bool(AGGREGATES[name].row)


def product(x: Written, y: Written) -> str:
    """The product of two texts."""
    return f"{bracketed(x, BINDS['*'])} * {bracketed(y, BINDS['*'] + 1)}"
