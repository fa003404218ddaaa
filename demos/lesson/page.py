"""What the lesson is printed with: its rounded numbers, which are asserted, its tables and its pictures."""
import argparse
import sys
import textwrap
from math import isclose
from pathlib import Path

from engine import PictureError, draw, walkthrough


def columns(table):
    """The lines of a table of text, each a dict from the heading of a column to the text in it.

    >>> columns('''
    ... step   b3
    ... 0      -2
    ... ''')
    [{'step': '0', 'b3': '-2'}]
    """
    heading, *lines = [line.split() for line in table.splitlines() if line]
    return [dict(zip(heading, line)) for line in lines]


# the three flowers at b3 = -2; slope is the derivative of CE with respect to b3
FLOWERS = {line.pop("name"): line for line in columns("""
name           Setosa      Virginica   Versicolor
petal           0.04       1           0.5
sepal           0.42       0.54        0.37
h1              1.752      0           0.572
h2              0.808      0           0.098
z_setosa       -0.9632    -2          -1.9102
z_versicolor    0.0032     0           0.8632
z_virginica     0.1352     1           0.1042
p_setosa        0.1509     0.0351      0.0408
p_versicolor    0.3966     0.2595      0.6533
p_virginica     0.4525     0.7054      0.3059
CE              1.8913     0.3490      0.4256
slope          -0.849121   0.035119    0.040801
""")}

# gradient descent on b3 with learning rate 1, in the end at the minimum; CE is that of all flowers
DESCENT = columns("""
step   b3           CE
0      -2.0000000   2.6659385
1      -1.2267990   2.1415409
2      -0.6622584   1.8843750
3      -0.3272530   1.7997080
4      -0.1606341   1.7795388
5      -0.0860137   1.7755625
6      -0.0542200   1.7748459
7      -0.0409620   1.7747216
8      -0.0354829   1.7747005
9      -0.0332270   1.7746969
100    -0.0316529585   1.7746961340
""")

FORMULA = 24                         # signs of a formula in a table
SUM     = -0.7732010032512964        # of the three slopes
UPDATED = -1.2267989967487036        # b3 after the first step


def is_rounded(text, exact):
    """Whether the number in `text` is `exact`, rounded to as many digits as the text has.

    >>> is_rounded("-0.85", -0.849121), is_rounded("0.56", 0.5662)
    (True, False)
    """
    return format(exact, f".{len(text.partition('.')[2])}f") == text


def same(a, b):
    """Whether two numbers are equal, but for the last digits of a float.

    >>> same(0.1 + 0.2, 0.3), same(0.1509, 0.15)
    (True, False)
    """
    return isclose(a, b, rel_tol=1e-13, abs_tol=1e-14)


def begin(title):
    """Print the title; the folder for the pictures comes back, as the command line names it.

    With --class nothing else is run: what a teacher needs is written, and that is the end.
    """
    parser = argparse.ArgumentParser(prog="python -m demos.lesson", description=title)
    parser.add_argument("--out", default="out", metavar="DIR", help="put the pictures into DIR/lesson")
    parser.add_argument("--class", action="store_true", dest="in_class",
                        help="write a worksheet, its key, questions and plans, and nothing else")
    parser.add_argument("--seed", type=int, metavar="N", help="other numbers on the worksheet (0)")
    given = parser.parse_args()
    if given.seed is not None and not given.in_class:
        parser.error("--seed chooses the numbers of the worksheet: --class --seed N")
    folder = Path(given.out, "lesson")
    sys.stdout.reconfigure(errors="replace")         # a terminal without ∂ shows a ? in its place
    if given.in_class:
        from demos.lesson.worksheet import write
        sys.exit(written(write, folder, given.seed or 0))
    print(title)
    return folder


def section(title, text):
    print(f"\n{title}\n{'-' * len(title)}\n{text}")


def next_step(text):
    """Print what to do now; with it every demo ends.

    >>> next_step("python -m demos.iris")
    <BLANKLINE>
    Next: python -m demos.iris
    """
    print(f"\nNext: {text}")


def row(name, *cells, first=14):
    """Print one line of a table: texts as they are, numbers to six decimals, point under point.

    `first` is the width of the first cell, wider for a formula.

    >>> row("p_setosa", "0.15", 0.1508790, -2)
        p_setosa                              0.15      0.150879     -2
    """
    texts = [cell if isinstance(cell, str) else decimal(cell) for cell in cells]
    widths = [first, *[14] * len(texts)]
    print(f"    {name:<28}{''.join([f'{text:>{width}}' for text, width in zip(texts, widths)])}".rstrip())


def decimal(number):
    """A number to six decimals, spaces in the place of zeros at the end."""
    whole, point, fraction = f"{number:.6f}".replace("-0.000000", "0.000000").partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}{point if fraction else ' '}{fraction:<6}"


def equal(name, *cells):
    """Print one line of a table and assert that all numbers in it are the same."""
    row(name, *cells, first=FORMULA if isinstance(cells[0], str) else 14)
    first, *others = [cell for cell in cells if not isinstance(cell, str)]
    assert all(same(first, number) for number in others), (name, cells)


def rows(flowers, *names):
    """Print these values of the flowers and assert that they are the lesson's, if it has them."""
    row("flower", *[f.name for f in flowers])
    for name in names:
        exact = [getattr(f, name) for f in flowers]
        row("∂CE/∂b3" if name == "slope" else name, *exact)
        for f, number in zip(flowers, exact):
            assert name not in FLOWERS or is_rounded(FLOWERS[name][f.name], number), (name, number)


def rounded(name, exact, lesson):
    """Print an exact number beside the lesson's and assert that this is the first, rounded.

    >>> rounded("p_setosa - 1", -0.849121, "-0.85")
        p_setosa - 1                     -0.849121  lesson -0.85
    """
    row(name, exact, f"lesson {lesson:>5}")
    assert is_rounded(lesson, exact), (name, exact, lesson)


def attempt(name, formula):
    """Print what a formula gives, be it an error; it comes back."""
    try:
        answer = formula()
    except (OverflowError, ValueError) as error:
        answer = f"{type(error).__name__}: {error}"
    print(textwrap.fill(f"    {name:<28}{answer}", 98, subsequent_indent=" " * 32))
    return answer


def draw_into(folder, figures, wrt):
    """Write each figure as DOT text, svg and png, the first graph as a page to step through too, and print where.

    One sentence says what could not be done. Where nothing can be written, that is the end of the run; where Graphviz
    is missing, DOT text remains.
    """
    pictures = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, root, detail, direction, title in figures:
            root.zero_grad()
            root.backward()
            pictures[name] = draw(root, wrt=wrt, detail=detail, theme="both", direction=direction, title=title,
                                  names={})
            pictures[name].save(folder / f"{name}.gv")
            if len(pictures) == 1:
                page = walkthrough(root, wrt=wrt, live=False, title=f"{title}, step by step", names={})
                print(f"    {page.save(folder / f'{name}.html')}")
    except ImportError as error:
        return print(f"    none: {error}")
    except (OSError, PictureError) as error:
        unwritten(folder, error)
    try:
        for name, picture in pictures.items():
            for form in "svg", "png":
                print(f"    {picture.save(folder / f'{name}.{form}')}")
    except PictureError as error:
        print(f"    {folder / '*.gv'}\n")
        print(textwrap.fill(f"These are DOT text, not pictures: {error}", 98, break_on_hyphens=False))


def unwritten(folder, error):
    """End a demo's run with a sentence, where its pictures cannot be written: the folder is none, the disk is full."""
    why = getattr(error.__cause__ or error, "strerror", error)
    sys.exit(f"All is printed, but not all pictures are written: {folder} cannot be written ({why}); "
             f"name another place with --out DIR")


def page_into(folder):
    """Write the lesson as a page and print where."""
    from demos.lesson.html import LessonPage
    written(lambda: [LessonPage().save(folder / "lesson.html")])


def written(write, *given):
    """Print the files that are written; where they cannot be, one sentence ends the run."""
    try:
        for path in write(*given):
            print(f"    {path}")
    except OSError as error:
        sys.exit(f"{error.filename or given} cannot be written ({error.strerror or error}); name another place with "
                 "--out DIR")


def surfaces_into(folder, model, flowers, **descent):
    """Draw Setosa's crinkled surface at three numbers of b3, and the descent along CE, and print where.

    `descent` is the curve of CE, the steps on it, the slope at the first, the minimum. One sentence says what could not
    be done.
    """
    try:
        from demos.iris.pictures import lifted, lifted_at, slope, write
    except ImportError as error:
        return print(f"    none is drawn, for {error.name} is not installed: pip install matplotlib")
    at = lifted_at(model, (-2.0, -1.227, -0.032), flowers)
    try:
        for name, picture in ("setosa_b3", lambda: lifted(*at)), ("descent_b3", lambda: slope(**descent)):
            for path in write(folder, name, picture):
                print(f"    {path}")
    except OSError as error:
        unwritten(folder, error)
