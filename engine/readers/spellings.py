"""How formulas are written elsewhere, and how here: `2x` is `2 * x`, `ln(x)` is `log(x)`, `x²` is `x ** 2`.

>>> instead("3 + 2x", 5, ["sin"])
('a product has its sign, as in 2 * x', 5)
>>> instead("1 + ln(x)", 5, ["sin"])
('ln(x) is written log(x)', 5)
"""
from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PRODUCT = "a product has its sign, as in 2 * x"
POWER   = "a power is written x ** 2"

# Words that stand for a function or a number, as they are written here.
WORDS = dict([line.split(" = ") for line in """\
ln = log(x)
lg = log10(x)
ld = log2(x)
lb = log2(x)
arcsin = asin(x)
arccos = acos(x)
arctan = atan(x)
arctg = atan(x)
arctan2 = atan2(y, x)
arcsinh = asinh(x)
arccosh = acosh(x)
arctanh = atanh(x)
arsinh = asinh(x)
arcosh = acosh(x)
artanh = atanh(x)
tg = tan(x)
sen = sin(x)
cot = 1 / tan(x)
ctg = 1 / tan(x)
cotan = 1 / tan(x)
sec = 1 / cos(x)
csc = 1 / sin(x)
cosec = 1 / sin(x)
sh = sinh(x)
ch = cosh(x)
th = tanh(x)
sqr = x ** 2
square = x ** 2
pow = x ** y
power = x ** y
root = sqrt(x)
cbrt = x ** (1 / 3)
logit = log(x / (1 - x))
sign = (x > 0) - (x < 0)
sgn = (x > 0) - (x < 0)
logistic = sigmoid(x)
σ = sigmoid(x)
swish = silu(x)
sum = fsum(x, y)
sigm = sigmoid(x)
lrelu = leaky_relu(x)
norm = hypot(x, y)""".split("\n")])
NUMBERS = {"e":  "e ** x is written exp(x); the number e is exp(1)",
           "pi": "pi has no number; give it one: pi=3.141592653589793",
           "π":  "π has no number; give it one: π=3.141592653589793"}

# Signs that no formula has, wherever they stand, and what is written in their place.
SIGNS = (("[−–—‐‑﹣－]",               "a minus is written -"),
         ("[·×⋅∙•∗✕]",                "a product is written x * y"),
         ("[÷∕⁄:]",                   "a quotient is written x / y"),
         ("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ]|\\^",       POWER),
         ("[√∛]",                     "a root is written sqrt(x)"),
         ("\\|",                      "an absolute value is written abs(x)"),
         ("[≤≥≠≦≧]|=[<>]|<>",         "comparisons are written <=, >=, !="),
         ("[½⅓¼¾⅔]",                  "a fraction is written 1 / 2"),
         ("∞",                        "every number is finite here"),
         ("\\d,\\d",                  "a number has a point, not a comma, as in 0.5"),
         ("[\\[\\]{}]",               "only ( and ) are brackets of a formula, but for lists: softmax([a, b], 0)"),
         ("!(?!=)",                   "there is no factorial"))
WORD    = r"(?!(?:if|else|and|or|not|in|is|for)\b)[^\W\d]\w*"
NUMBER  = r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
AHEAD   = r"(?![eE][+-]?\d|(?<=0)[xX][\da-fA-F]|(?<=0)[oObB]\d)"          # it goes on: 1e999, 0xff
BESIDE  = ((rf"{NUMBER}{AHEAD}\s*(?:{WORD}|\()", PRODUCT), (rf"\)\s*(?:{WORD}|{NUMBER}|\()", PRODUCT),
           (rf"\b{WORD}\s+(?:{WORD}|{NUMBER})", PRODUCT))


def instead(text: str, at: int, functions: Iterable[str], whole: bool = True) -> tuple[str, int] | None:
    """What to write in place of what a formula, refused in column `at`, was meant as, and in which column.

    None where that is not known. `whole` says that its brackets are closed.
    """
    word = re.match(r"[^\W\d]\w*", text[at - 1:])
    name = word[0] if word else ""
    if name in WORDS:
        return f"{name}(x) is written {WORDS[name]}", at
    if name in NUMBERS:
        return NUMBERS[name], at
    found = [(place, remedy) for sign, remedy in signs(functions, whole) if (place := placed(sign, text)) is not None]
    return min(found, key=lambda each: each[0])[::-1] if found else None


def signs(functions: Iterable[str], whole: bool) -> list[tuple[str, str]]:
    """What no formula has, each with what is written in its place."""
    if not whole:
        return [*SIGNS]
    called = rf"\b({'|'.join(map(re.escape, [*functions, *WORDS]))})\s+(?:{WORD}|{NUMBER})"
    return [*SIGNS, (called, "a function has parentheses, as in sin(x)"), *BESIDE]


def placed(sign: str, text: str) -> int | None:
    """The column of a sign's first place in a formula; of a comma its own."""
    match = re.search(sign, text)
    return match.start() + 1 + max(match[0].find(","), 0) if match else None
