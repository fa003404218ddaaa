"""The second table of derivatives: rows that are asked for less often, methods of Value like those of the first.

No digit is lost on the way, and nothing overflows there, at the ends of the numbers either: so a partial may have cases
where a textbook, which is `told`, has none. At the ends of their domains asin, acos and acosh have no finite slope, nor
have hypot and atan2 where both operands are 0, nor xlogy by x where y is 0.
"""
from __future__ import annotations

from engine.op import Op

# The slopes of atan2, y/(x² + y²) by x and -x/(x² + y²) by y: with squares where these are neither too large nor too
# small, else without. Where x is about as large as y, they are differentiated in terms of |y| - |x|, which is exact.
BY_X   = ("y / (x * x + y * y) if 1e-50 < max(abs(x), abs(y)) < 1e50 else "
          "y / hypot(x, y) / hypot(x, y) if max(abs(x), abs(y)) < 1 else "
          "y / hypot(x / 2, y / 2) / 4 / hypot(x / 2, y / 2)")
BY_Y   = ("-x / (x * x + y * y) if 1e-50 < max(abs(x), abs(y)) < 1e50 else "
          "-x / hypot(x, y) / hypot(x, y) if max(abs(x), abs(y)) < 1 else "
          "-x / hypot(x / 2, y / 2) / 4 / hypot(x / 2, y / 2)")
NEAR   = "if 1e-100 < abs(x) < 1e100 and abs(y) / 2 < abs(x) < 2 * abs(y) else"
NEAR_X = f"(1 if y > 0 else -1) / (2 * abs(x) + (abs(y) - abs(x)) ** 2 / abs(y)) {NEAR} {BY_X}"
NEAR_Y = f"(-1 if x > 0 else 1) / (2 * abs(y) + (abs(x) - abs(y)) ** 2 / abs(x)) {NEAR} {BY_Y}"


class Rows:
    """The rows, by the names of their methods. atan2 takes its operands in the order of math's: x here is y there.

    >>> from engine import Value, atan2
    >>> atan2(Value(1.0), Value(-1.0)).data, Value(3.0).hypot(4.0).data
    (2.356194490192345, 5.0)
    """

    #                 z                             ∂z/∂x                                          needs

    asin       = Op("asin(x)",                      "1 / sqrt((1 - x) * (1 + x))",                 needs="-1 <= x <= 1",
                    told="1 / sqrt(1 - x * x)",
                    again="1 / sqrt(1 - x * x) if abs(x) < 0.5 else 1 / sqrt((1 - x) * (1 + x))")
    acos       = Op("acos(x)",                      "-1 / sqrt((1 - x) * (1 + x))",                needs="-1 <= x <= 1",
                    told="-1 / sqrt(1 - x * x)",
                    again="-1 / sqrt(1 - x * x) if abs(x) < 0.5 else -1 / sqrt((1 - x) * (1 + x))")
    atan       = Op("atan(x)",                      "1 / (1 + x * x) if abs(x) < 1e9 else 1 / x / x",
                    told="1 / (1 + x * x)")
    sinh       = Op("sinh(x)",                      "cosh(x)")
    cosh       = Op("cosh(x)",                      "sinh(x)")
    asinh      = Op("asinh(x)",                     "1 / hypot(1, x)",
                    told="1 / sqrt(1 + x * x)")
    acosh      = Op("acosh(x)",                     "1 / sqrt(x - 1) / sqrt(x + 1)",               needs="x >= 1",
                    told="1 / sqrt(x * x - 1)")
    atanh      = Op("atanh(x)",                     "1 / ((1 - x) * (1 + x))",                     needs="-1 < x < 1",
                    told="1 / (1 - x * x)",
                    again="1 / (1 - x * x) if abs(x) < 0.5 else 1 / ((1 - x) * (1 + x))")
    log2       = Op("log2(x)",                      "1.4426950408889634 / x",                      needs="x > 0",
                    told="1 / (x * log(2))")
    log10      = Op("log10(x)",                     "0.4342944819032518 / x",                      needs="x > 0",
                    told="1 / (x * log(10))")
    gaussian   = Op("exp(-floor(256 * x + 0.5) ** 2 / 65536) * "        # exp(-x * x), the larger part of x² exact
                    "exp((floor(256 * x + 0.5) / 256 - x) * (floor(256 * x + 0.5) / 256 + x)) if abs(x) < 30 else 0",
                    "-2 * (x * z)")
    erf        = Op("erf(x)",                       "1.1283791670955126 * gaussian(x)",
                    told="2 / sqrt(3.141592653589793) * exp(-x * x)")
    erfc       = Op("erfc(x)",                      "-1.1283791670955126 * gaussian(x)",
                    told="-2 / sqrt(3.141592653589793) * exp(-x * x)")
    silu       = Op("x / (1 + exp(-x)) if x > -700 else x * exp(x / 2) * exp(x / 2)",
                    "sigmoid(x) * (1 + x * sigmoid(-x)) if x > -700 else exp(x / 2) * (1 + x) * exp(x / 2)",
                    told="sigmoid(x) * (1 + x * sigmoid(-x))")
    gelu       = Op("x / 2 * erfc(-x / sqrt(2))",
                    "erfc(-x / sqrt(2)) / 2 + x * gaussian(x / 2) * (0.3989422804014327 * gaussian(x / 2))",
                    told="erfc(-x / sqrt(2)) / 2 + x * exp(-x * x / 2) / sqrt(2 * 3.141592653589793)")
    leaky_relu = Op("x if x > 0 else 0.01 * x",     "1 if x > 0 else 0.01")
    elu        = Op("x if x > 0 else expm1(x)",     "1 if x > 0 else exp(x)")
    softsign   = Op("1 / (1 + 1 / x) if x > 1 else 1 / (1 / x - 1) if x < -1 else x / (1 + abs(x))",
                    "1 / (1 + abs(x)) / (1 + abs(x))",
                    told="1 / (1 + abs(x)) ** 2")

    #                 z                             ∂z/∂x                 ∂z/∂y

    xlogy      = Op("x * log(y) if y != 0 else 0",  "log(y)",             "x / y if y != 0 else 0",
                    needs="y > 0 or x == 0 == y")
    hypot      = Op("hypot(x, y)",                  "x / z",              "y / z",
                    again=("x / z if abs(x) < abs(y) else (1 if x > 0 else -1) / hypot(1, y / x)",
                           "y / z if abs(y) < abs(x) else (1 if y > 0 else -1) / hypot(1, x / y)"))
    atan2      = Op("atan2(x, y)",                  BY_X,                 BY_Y,
                    told=("y / (x * x + y * y)", "-x / (x * x + y * y)"),
                    again=(NEAR_X, NEAR_Y))

    #                 z                             ∂z/∂x, by a key       ∂z/∂y                 ∂z/∂b

    at         = Op("sum(y * (x == b))",            "0",                  "x == b",             "0",
                    needs="sum(x == b) == 1",
                    hint="b is one of the keys x; at(ys, b) counts them from 0, so b is a whole number below how many "
                         "there are")
