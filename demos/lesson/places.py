"""Where the boxes of the lesson's page stand, and the ways of its arrows, in the drawing's own pixels.

A box has x, y, width, height; an arrow the points of a curve; a factor beside an arrow the middle of its foot.
"""

# one flower, p closed
CLOSED = {
    "from the hidden layer": (80, 24, 206, 64),
    "b3": (0, 186, 110, 72),
    "z_setosa": (170, 186, 120, 72),
    "p": (378, 186, 184, 72),
    "CE": (650, 186, 124, 72),
    "left": (308, 362, 148, 64),
    "right": (484, 362, 148, 64),
}
# p opened in place
OPEN = {
    **CLOSED,
    "p": (438, 203, 122, 38),
    "left": (270, 474, 190, 38),
    "right": (474, 474, 190, 38),
    "exp": (352, 60, 124, 38),
    "sum": (352, 322, 124, 38),
    "exp left": (350, 410, 102, 38),
    "exp right": (462, 410, 102, 38),
}
# arrows within p
OWN = {
    ("z_setosa", "exp"): (290, 222, 330, 222, 312, 79, 352, 79),
    ("exp", "p"): (450, 98, 450, 130, 484, 150, 484, 203),
    ("sum", "p"): (440, 322, 440, 300, 484, 272, 484, 241),
    ("exp", "sum"): (388, 98, 388, 160, 388, 240, 388, 322),
}
RIGHT = (540, 410, 540, 340, 530, 300, 530, 241)    # from an exp at the right to what it is above the bar of
# the factors of those arrows
SPOTS = {
    ("z_setosa", "exp"): (270, 140),
    ("exp", "p"): (520, 158),
    ("sum", "p"): (520, 312),
    ("exp", "sum"): (364, 160),
}
# the whole network
WHOLE = {
    "w3": (0, 203, 96, 38),
    "h2": (166, 186, 136, 72),
    "from the hidden layer": (86, 30, 216, 72),
    "b3": (390, 0, 120, 38),
    "z_setosa": (380, 100, 140, 72),
    "z_versicolor": (380, 232, 140, 72),
    "z_virginica": (380, 366, 140, 72),
    "b4": (190, 304, 110, 38),
    "p": (600, 206, 176, 72),
    "CE": (640, 380, 132, 72),
}
# its arrows
WAYS = {
    ("w3", "h2"): (96, 222, 120, 222, 140, 222, 166, 222),
    ("h2", "z_versicolor"): (302, 222, 341, 222, 341, 262, 380, 262),
    ("h2", "from the hidden layer"): (234, 186, 234, 170, 234, 120, 234, 102),
    ("from the hidden layer", "z_setosa"): (302, 66, 350, 66, 330, 130, 380, 130),
    ("h2", "z_virginica"): (302, 240, 360, 240, 310, 402, 380, 402),
    ("b4", "z_versicolor"): (300, 323, 340, 323, 340, 290, 380, 290),
    ("b3", "z_setosa"): (450, 38, 450, 60, 450, 80, 450, 100),
    ("z_setosa", "p"): (520, 136, 560, 136, 560, 228, 600, 228),
    ("z_versicolor", "p"): (520, 268, 560, 268, 560, 250, 600, 250),
    ("z_virginica", "p"): (520, 402, 660, 402, 660, 330, 660, 278),
    ("p", "CE"): (706, 278, 706, 340, 706, 350, 706, 380),
}
# the factors of these
BESIDE = {
    ("w3", "h2"): (131, 196),
    ("h2", "z_versicolor"): (340, 216),
    ("h2", "from the hidden layer"): (268, 168),
    ("from the hidden layer", "z_setosa"): (348, 62),
    ("h2", "z_virginica"): (335, 420),
    ("b4", "z_versicolor"): (345, 346),
    ("b3", "z_setosa"): (480, 88),
    ("z_setosa", "p"): (606, 176),
    ("z_versicolor", "p"): (558, 292),
    ("z_virginica", "p"): (590, 424),
    ("p", "CE"): (742, 354),
}
