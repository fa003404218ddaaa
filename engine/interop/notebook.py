"""What a notebook shows of a Value: its picture, or its formula, in the names that the notebook's variables have.

JupyterLab prefers LaTeX to SVG: so the picture is given as HTML too, which comes before both.
"""
from __future__ import annotations

import sys
from base64 import b64encode

from engine.errors import PictureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from engine.value import Value

IMAGE = '<img alt="{alt}" style="max-width: 100%" src="data:image/svg+xml;base64,{data}">'


def svg(v: Value) -> str | None:
    """The picture of a value's graph as SVG; None where there are too many boxes or no Graphviz: then it is text."""
    return forms(v).get("image/svg+xml")


def latex(v: Value) -> str:
    """The formula of a value in names, with its number, as LaTeX."""
    from engine.explanation.names import Names
    from engine.readers.latex import number
    from engine.text.naming import given_names
    names = Names(v, v, given_names(vars(sys.modules["__main__"]), sys._getframe()))
    sides = [names.typeset(v)] if names.has(v) else []
    sides += [names.in_latex(v)] if v.op else []
    return f"$$ {' = '.join([*sides, number(v.data)])} $$"


def forms(v: Value, include: Any = None, exclude: Any = None) -> dict[str, str]:
    """All that a notebook may show of a value, by MIME type: picture, formula, text."""
    made = {"text/plain": repr(v), "text/latex": latex(v)}
    try:
        from engine.picture import draw
        made.update(draw(v, names=vars(sys.modules["__main__"]))._repr_mimebundle_(), **made)
    except (ImportError, PictureError):
        return made
    if "image/svg+xml" in made:
        data = b64encode(made["image/svg+xml"].encode()).decode()
        made["text/html"] = IMAGE.format(alt=f"the graph of a value of {v.data!r}", data=data)
    return made
