"""What tests of pictures need."""
import pytest

from engine.picture.rendering import available

drawing = pytest.mark.skipif(not available(), reason="neither the program dot nor pygraphviz is here")
