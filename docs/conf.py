"""The guide: `make docs` builds it into out/docs, of packages alone; nothing is loaded when it is viewed."""
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import glassgrad                                                                 # noqa: E402
import pages                                                                     # noqa: E402

project   = "glassgrad"
author    = "The glassgrad authors"
copyright = author                                   # what Sphinx calls it
version   = release = glassgrad.__version__

extensions           = ["myst_parser"]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
html_theme           = "furo"
html_title           = f"glassgrad {release}"
html_static_path     = ["static"]
html_css_files       = ["guide.css"]
html_math_renderer   = "mathml"
html_copy_source     = False
html_show_sphinx     = False
exclude_patterns     = ["README.md"]


def setup(app):
    pages.write(Path(__file__).parent)               # before sources are looked for
    app.add_html_math_renderer("mathml", (pages.inline_math, None), (pages.block_math, None))
