"""Where the boxes of the lesson's page stand, and the ways of its arrows, in the drawing's own pixels.

A box has x, y, width, height; an arrow the points of a curve; a factor beside an arrow the middle of its foot.
"""

# one flower, p closed
CLOSED = {
    "from the hidden layer": (80, 24, 206, 64),
    "b3": (0, 186, 110, 72),
    "z_setosa": (160, 186, 120, 72),
    "p": (384, 186, 184, 72),
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
    ("z_setosa", "exp"): (280, 222, 326, 222, 306, 79, 352, 79),
    ("exp", "p"): (450, 98, 450, 130, 484, 150, 484, 203),
    ("sum", "p"): (440, 322, 440, 300, 484, 272, 484, 241),
    ("exp", "sum"): (388, 98, 388, 160, 388, 240, 388, 322),
    ("exp right", "p"): (557, 410, 557, 350, 551, 300, 551, 241),
}
# the factors of those arrows
SPOTS = {
    ("z_setosa", "exp"): (270, 140),
    ("exp", "p"): (520, 158),
    ("sum", "p"): (514, 312),
    ("exp", "sum"): (364, 160),
}
# on a telephone, p closed
TALL_CLOSED = {
    "b3": (0, 0, 140, 38),
    "from the hidden layer": (174, 4, 170, 52),
    "z_setosa": (0, 84, 154, 38),
    "left": (244, 78, 100, 52),
    "p": (0, 168, 220, 38),
    "right": (244, 234, 100, 52),
    "CE": (0, 252, 154, 38),
}
TALL_ALONG = {
    ("b3", "z_setosa"): (70, 38, 70, 54, 70, 68, 70, 84),
    ("z_setosa", "p"): (70, 122, 70, 138, 70, 152, 70, 168),
    ("p", "CE"): (70, 206, 70, 222, 70, 236, 70, 252),
}
# p opened
TALL_OPEN = {
    "b3": (0, 0, 140, 38),
    "from the hidden layer": (160, 4, 184, 52),
    "z_setosa": (0, 96, 140, 38),
    "left": (152, 86, 92, 52),
    "right": (252, 86, 92, 52),
    "exp": (14, 214, 120, 38),
    "exp left": (152, 214, 84, 52),
    "exp right": (246, 214, 84, 52),
    "sum": (176, 324, 130, 38),
    "p": (14, 430, 192, 38),
    "CE": (14, 544, 150, 38),
}
TALL_OWN = {
    ("z_setosa", "exp"): (110, 134, 110, 160, 110, 180, 110, 214),
    ("exp", "p"): (44, 252, 44, 320, 44, 380, 44, 430),
    ("exp", "sum"): (100, 252, 100, 310, 210, 290, 210, 324),
    ("sum", "p"): (210, 362, 210, 420, 130, 390, 130, 430),
    ("p", "CE"): (89, 468, 89, 490, 89, 520, 89, 544),
    ("exp left", "p"): (160, 266, 158, 340, 80, 370, 80, 430),
    ("exp right", "p"): (322, 266, 322, 400, 330, 449, 206, 449),
}
TALL_SPOTS = {
    ("z_setosa", "exp"): (152, 206),
    ("exp", "p"): (88, 368),
    ("exp", "sum"): (122, 314),
    ("sum", "p"): (222, 418),
    ("exp right", "p"): (246, 442),
    ("exp left", "p"): (60, 420),
}
# the whole network
WHOLE = {
    "w3": (0, 203, 118, 38),
    "h2": (166, 186, 136, 72),
    "from the hidden layer": (86, 30, 216, 72),
    "b3": (390, 0, 120, 38),
    "z_setosa": (380, 100, 140, 72),
    "z_versicolor": (380, 232, 140, 72),
    "z_virginica": (380, 366, 140, 72),
    "b4": (190, 304, 110, 38),
    "p": (616, 206, 160, 72),
    "CE": (640, 380, 132, 72),
}
# its arrows
WAYS = {
    ("w3", "h2"): (118, 222, 134, 222, 150, 222, 166, 222),
    ("h2", "z_versicolor"): (302, 222, 341, 222, 341, 262, 380, 262),
    ("h2", "from the hidden layer"): (234, 186, 234, 170, 234, 120, 234, 102),
    ("from the hidden layer", "z_setosa"): (302, 66, 350, 66, 330, 130, 380, 130),
    ("h2", "z_virginica"): (302, 240, 360, 240, 310, 402, 380, 402),
    ("b4", "z_versicolor"): (300, 323, 340, 323, 340, 290, 380, 290),
    ("b3", "z_setosa"): (450, 38, 450, 60, 450, 80, 450, 100),
    ("z_setosa", "p"): (520, 136, 560, 136, 566, 228, 616, 228),
    ("z_versicolor", "p"): (520, 268, 560, 268, 566, 250, 616, 250),
    ("z_virginica", "p"): (520, 402, 660, 402, 660, 330, 660, 278),
    ("p", "CE"): (706, 278, 706, 340, 706, 350, 706, 380),
}
# the factors of these
BESIDE = {
    ("w3", "h2"): (134, 196),
    ("h2", "z_versicolor"): (340, 216),
    ("h2", "from the hidden layer"): (268, 168),
    ("from the hidden layer", "z_setosa"): (348, 62),
    ("h2", "z_virginica"): (335, 420),
    ("b4", "z_versicolor"): (315, 341),
    ("b3", "z_setosa"): (480, 88),
    ("z_setosa", "p"): (606, 176),
    ("z_versicolor", "p"): (567, 294),
    ("z_virginica", "p"): (590, 424),
    ("p", "CE"): (752, 354),
}
# on a telephone one below the other; what passes others by goes along the right
STACK = {
    "w3": (0, 0, 120, 38),
    "h2": (0, 84, 220, 38),
    "from the hidden layer": (0, 168, 236, 38),
    "b3": (0, 252, 120, 38),
    "z_setosa": (0, 336, 220, 38),
    "b4": (0, 420, 120, 38),
    "z_versicolor": (0, 504, 220, 38),
    "z_virginica": (0, 588, 220, 38),
    "p": (0, 672, 220, 38),
    "CE": (0, 756, 220, 38),
}
PASSING = {
    ("from the hidden layer", "z_setosa"): (190, 206, 190, 260, 190, 290, 190, 336),
    ("h2", "z_versicolor"): (220, 98, 330, 98, 330, 516, 220, 516),
    ("h2", "z_virginica"): (220, 110, 380, 110, 380, 600, 220, 600),
    ("z_setosa", "p"): (220, 356, 290, 356, 290, 684, 220, 684),
    ("z_versicolor", "p"): (220, 530, 262, 530, 262, 700, 220, 700),
}
PASSED = {
    ("from the hidden layer", "z_setosa"): (216, 329),
    ("h2", "z_versicolor"): (270, 250),
    ("h2", "z_virginica"): (300, 618),
    ("z_setosa", "p"): (306, 690),
    ("z_versicolor", "p"): (276, 716),
}
