"""The live page: a graph whose numbers can be moved, and the chain rule follows.

Python decides what is shown and writes the page: `recording` is the graph as numbers, `boxes` says which boxes there
are and which are folded, `layout` where they stand, `data` is all that the page is given, `page` puts it together. The
rest is JavaScript and a style sheet, text of the page as it stands here, in the order in which each needs the others:
numbers.js (what formulas call), graph.js (forward, backward), words.js (numbers and sentences), state.js (the one
state), elements.js, drawing.js, curve.js, typed.js (a derivation that is typed), cards.js, stages.js, main.js,
live.css. A Drawing, a Curve, a StageBar is put into an element of any page and bound to a State. May be imported: page,
data; by pages of demos also the others. Start with page, then state.js.
"""
