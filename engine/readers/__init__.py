"""The text of a row, read again: each file is one more reading of the same formulas, a subclass of formula.Reader.

The first reading, as Python, is the engine's own, in pouring.py. Here are those for other numbers (numbers), as
instructions of a replay (instructions, written as code), as text with an operand's name in each place (unrolled), as C
(c), as JavaScript (javascript), what both share (braces), as LaTeX (latex), as sums of products (products
with algebra), help (help), types (stub), of a formula that is typed (typed, by the spellings of elsewhere), with
each operation shaken (rounding), as the cause of a zero (causes), what a row is besides (traits), and its operands at a
node (operands). A new reading is one new file. May be imported: all. Start with latex, which is the shortest.
"""
