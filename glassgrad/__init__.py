"""glassgrad: all that engine and nn have, under one name.

For those whose own folder has an engine.py or an nn.py: `import glassgrad` finds its own. `python -m glassgrad` runs
the lesson and opens its page.

>>> import glassgrad as gg
>>> x = gg.Value(3.0)
>>> (x * x).backward()
>>> x.grad
6.0
"""
from __future__ import annotations

import os
import sys
from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    import engine
    import nn
    from engine import *                             # noqa: F401, F403
    from nn import *                                 # noqa: F401, F403

    __all__ = ["__version__"]
    __all__ += engine.__all__
    __all__ += nn.__all__

PLACE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def beside(name: str) -> ModuleType:
    """The package that lies beside this one. Errors: ImportError where another module of its name is loaded."""
    sys.path.insert(0, PLACE)
    try:
        module = import_module(name)
    finally:
        sys.path.remove(PLACE)
    file = module.__file__ or ""
    if os.path.dirname(os.path.dirname(os.path.abspath(file))) != PLACE:
        raise ImportError(f"glassgrad needs its own {name}, but {file} is loaded under that name; import glassgrad "
                          "first, or give that file another name")
    return module


if not TYPE_CHECKING:
    engine, nn = beside("engine"), beside("nn")
    __all__ = ["__version__", *engine.__all__, *nn.__all__]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"glassgrad has no {name!r}; it has {', '.join(__all__)}")
    feature: object = getattr(engine if name in engine.__all__ else nn, name)
    globals()[name] = feature
    return feature


def __dir__() -> list[str]:
    return sorted({*__all__, *[name for name in globals() if name.startswith("__")]})
