"""What the guide pours: the reference of all rows and public names, the lesson's page, formulas as MathML."""
import inspect
import math
from types import GetSetDescriptorType

import engine
import nn
from engine import Value, testing
from engine.errors import FAILURES
from engine.native import rows_of
from engine.readers.latex import latex, symbol

WIDTH, HEIGHT, ENDS = 320.0, 180.0, 4.0              # of a plot; x goes from -4 to 4
ROOMS = {                                            # a page of public names for each room
    "engine": ("What is no row; the rows have [a page of their own](rows.md).", engine, engine.__all__),
    "testing": ("For property tests of your own: `from engine.testing import ...`, with the extra `testing`.", testing,
                testing.__all__),
    "nn": ("Modules, losses, optimisers, training.", nn, nn.__all__),
}
HEAD = """\
# Rows

All operations, poured from the table when this guide was built. The curve is the row's value, the dashed one its
partial derivative; where nothing is drawn the row is not defined. `print(Value.exp.source)` shows the Python that a row
becomes.
"""


def write(folder):
    """Write the pages that are poured, and the lesson's page."""
    from demos.lesson.html import LessonPage
    (folder / "reference" / "rows.md").write_text(rows(), encoding="utf-8")
    for name, (about, room, names) in ROOMS.items():
        parts = [public(each, getattr(room, each)) for each in names if not is_row(each, getattr(room, each))]
        text = "\n".join([f"# {name}\n\n{about}\n", *parts])
        (folder / "reference" / f"{name}.md").write_text(text, encoding="utf-8")
    LessonPage().save(folder / "static" / "lesson.html")


def is_row(name, thing):
    """Whether a public name is a row alone: a class is none, nor what has a way of its own to be called."""
    return hasattr(thing, "op") and not isinstance(thing, type) and name not in engine.ROOMS


def rows():
    """The reference of the rows: each with its formula, partials, domain, and a plot where it has one operand."""
    found = {}
    for name, row in rows_of(vars(Value)).items():
        found.setdefault(row, []).append(name)
    return "\n".join([HEAD, *[entry(row, names) for row, names in found.items()]])


def public(name, thing):
    """A public name: how it is called, and what its documentation says, with that of its methods."""
    lines = [f"## {name}", "", *documented(name, thing)]
    methods = vars(thing).items() if isinstance(thing, type) and not issubclass(thing, Exception) else []
    for each, method in methods:
        told = callable(method) or isinstance(method, (property, GetSetDescriptorType))
        if each[0] != "_" and told and not hasattr(method, "op") and method.__doc__:
            lines += [f"### {name}.{each}", "", *documented(each, method)]
    return "\n".join(lines)


def documented(name, thing):
    """The lines of a documentation, its examples as code."""
    try:
        given = inspect.signature(thing)
        plain = [part.replace(annotation=inspect.Parameter.empty) for part in given.parameters.values()]
        called = str(given.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    except (TypeError, ValueError):
        called = "(...)" if callable(thing) else ""
    lines, code = ["```text", f"{name}{called}", "```", ""], False
    for line in inspect.cleandoc(thing.__doc__ or "").splitlines():
        if line.startswith(">>>") and not code:
            lines, code = [*lines, "```pycon"], True
        elif not line and code:
            lines, code = [*lines, "```"], False
        lines.append(line if code else line.replace("*", "\\*").replace("<", "&lt;"))
    return [*lines, *(["```"] if code else []), ""]


def entry(row, names):
    """One row of the reference."""
    name = names[0].strip("_")
    as_z = {"z": "z", **{v: symbol(v) for v in "xyb"}}
    told = {v: part or own for v, part, own in zip(row.variables, [*row.told, None, None, None], row.partials)}
    lines = [f"## {name}", "", f"$$z = {latex(row.formula, as_z)}$$", ""]
    for v in row.variables:
        lines += [f"$$\\frac{{\\partial z}}{{\\partial {v}}} = {latex(told[v], as_z)}$$", ""]
    lines += [f"Called as {', '.join([f'`{text}`' for text in calls(row, names)])}.", ""]
    if row.needs:
        lines += [f"Needs `{' '.join(str(row.needs).split())}`.", ""]
    if row.told:
        lines += ["What is computed, equal to this but exact where this loses digits:", "", "```text",
                  *[f"∂z/∂{v} = {' '.join(str(part).split())}" for v, part in zip(row.variables, row.partials)],
                  "```", ""]
    return "\n".join([*lines, *([plot(row), ""] if row.arity == 1 else [])])


def calls(row, names):
    """How a row is called: by its sign, as a function, as a method."""
    sign, name = row.sign, names[0].strip("_")
    if row.arity == 2 and sign:
        return [f"x {sign} y"]
    if row.arity == 1 and names[0][:2] == "__":
        return ["-x" if sign else f"{name}(x)"]
    given = ", ".join(["x", "y"][:row.arity] or row.parameters)
    own = f"x.{name}({given[3:]})" if row.arity else f"Value.{name}({given})"
    return [f"{name}({given})", own] if name in engine.__all__ else [own]


def at(row, x):
    """The value and the slope of a row at a number; None where there is none."""
    try:
        v = Value(x)
        z = row(v)
        return z.data, z.partials[0]
    except FAILURES:
        return None, None


def plot(row):
    """A row and its partial as an SVG that takes the colours of the page."""
    xs = [ENDS * (i / 80 - 1) for i in range(161)]
    found = [at(row, x) for x in xs]
    lines = "".join([f'<path class="{kind}" d="{path(xs, [pair[place] for pair in found])}"/>'
                     for place, kind in enumerate(("value", "slope"))])
    axes = f'<path class="axis" d="M0 {HEIGHT / 2} H{WIDTH} M{WIDTH / 2} 0 V{HEIGHT}"/>'
    return (f'```{{raw}} html\n<svg class="plot" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
            f'aria-label="{row.name} (solid) and its partial derivative (dashed), from -4 to 4">{axes}{lines}'
            f'<text x="{WIDTH - 12:g}" y="{HEIGHT / 2 - 4:g}">4</text><text x="{WIDTH / 2 + 4:g}" y="12">4</text>'
            '</svg>\n```')


def path(xs, ys):
    """A curve, broken where there is no number or where it leaves the plot."""
    text, pen = "", "M"
    for x, y in zip(xs, ys):
        if y is None or not math.isfinite(y) or abs(y) > 1.2 * ENDS:
            pen = "M"
            continue
        text += f"{pen}{WIDTH / 2 * (1 + x / ENDS):.1f} {HEIGHT / 2 * (1 - y / ENDS):.1f}"
        pen = "L"
    return text


def inline_math(self, node):
    """A formula in a line, as MathML, which browsers show without a script."""
    mathml(self, node, "inline")


def block_math(self, node):
    """A formula of its own, as MathML."""
    mathml(self, node, "block")


def mathml(self, node, display):
    from docutils import nodes
    from latex2mathml.converter import convert
    self.body.append(convert(node.astext(), display=display))
    raise nodes.SkipNode
