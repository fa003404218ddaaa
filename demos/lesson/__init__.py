"""The lesson on cross-entropy and backpropagation: `python -m demos.lesson` computes it from first to last.

`html` is the lesson as a page, of the parts in `parts`, on the graphs in `network`, laid out in `places`; `worksheet`
is what a teacher needs, printed on `paper`. `page` is what the lesson is printed with, and its own numbers, rounded as
it rounds them. In `pictures` stand the figures that README.md shows. May be imported: page, which the other demos print
with too, and network. Start with __main__.
"""
