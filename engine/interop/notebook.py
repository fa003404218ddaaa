"""What a notebook shows of a Value: its picture, in the names that the notebook's variables have."""
from __future__ import annotations

import sys

from engine.errors import PictureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.value import Value


def svg(v: Value) -> str | None:
    """The picture of a value's graph as SVG; None where there are too many boxes or no Graphviz: then it is text."""
    from engine.picture import draw
    try:
        text: str = draw(v, names=vars(sys.modules["__main__"])).pipe("svg").decode()
        return text
    except (ImportError, PictureError):
        return None
