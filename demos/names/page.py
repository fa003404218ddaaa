"""What demos.names is printed with, and what it draws: one head at one place, and the page of a small step."""
import argparse
import sys
from pathlib import Path
from textwrap import fill
from types import SimpleNamespace as Options

from demos.lesson.page import unwritten
from engine import PictureError, Value, draw, label, walkthrough
from nn.attention import attend


def begin(title):
    """Print the title; what the command line asks for comes back."""
    parser = argparse.ArgumentParser(prog="python -m demos.names", description=title)
    parser.add_argument("--out", default="out", metavar="DIR", help="put pictures and the page into DIR/names")
    parser.add_argument("--quick", action="store_true", help="a narrower one learns less from fewer names")
    asked = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")         # a terminal without ∂ shows a ? in its place
    print(title)
    return Options(folder=Path(asked.out, "names"), quick=asked.quick, width=8 if asked.quick else 16,
                   heads=2 if asked.quick else 4, epochs=4 if asked.quick else 20)


def paragraph(text):
    print(fill(text, 98, break_on_hyphens=False, break_long_words=False))


def attention_of_a_head(query, keys, values, letters):
    """What a head reads at the last of some places, of leaves with names: the reading, its shares, the query.

    `query`, `keys` and `values` are Values, one row of keys and of values for each letter.
    """
    names  = ["start" if letter == "." else letter for letter in letters]
    query  = [Value(x.data) for x in query]
    keys   = [[Value(x.data, f"key_{name}[{i}]") for i, x in enumerate(row)] for name, row in zip(names, keys)]
    values = [[Value(row[0].data, f"value_{name}")] for name, row in zip(names, values)]
    label(query=query)
    shares, (read,) = attend(query, keys, values)
    for name, share in zip(names, shares):
        share.label, share.parents[names.index(name)].label = f"share_{name}", f"score_{name}"
    read.label = "read"
    return read, shares, query


def small_step():
    """The smallest attention that shows it all: two letters, a query of two numbers, one number to read from each."""
    query = [Value(1.0), Value(0.5)]
    label(query=query)
    keys = [[Value(2.0, "key_a[0]"), Value(-1.0, "key_a[1]")], [Value(-0.5, "key_b[0]"), Value(1.5, "key_b[1]")]]
    shares, (read,) = attend(query, keys, [[Value(1.0, "value_a")], [Value(-1.0, "value_b")]])
    for i, name in enumerate("ab"):
        shares[i].label, shares[0].parents[i].label = f"share_{name}", f"score_{name}"
    read.label = "read"
    return read, query


def write(folder, read, query, letters):
    """The picture of the head, light and dark, and the page of the small step; the paths that were written.

    Where nothing can be written, that is the end of the run.
    """
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        unwritten(folder, error)
    try:
        step, moved = small_step()
        paths.append(folder / "attention.html")
        walkthrough(step, wrt=moved[0], title="What a query reads").save(paths[-1])
        title = f"what one head reads at the last letter of {letters.strip('.')}"
        for theme, end in ("light", ".svg"), ("dark", "_dark.svg"), ("light", ".png"):
            picture = draw(read, wrt=query[0], theme=theme, detail="names", title=title)
            picture.save(folder / f"head{end}")
            paths.append(folder / f"head{end}")
    except PictureError as error:
        if isinstance(error.__cause__, OSError):
            unwritten(folder, error)
        print(fill(f"No picture of the head: {error}", 98, break_on_hyphens=False))
    return paths
