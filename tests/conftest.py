"""How much the properties are tested: HYPOTHESIS_PROFILE=many, or thorough, tries many more examples than usual."""
import os

from hypothesis import settings

from tests.clusters import client
from tests.engine.picture.chromium import browser, window

assert client and browser and window                 # pytest finds them here

settings.register_profile("default", max_examples=60, deadline=None, derandomize=bool(os.environ.get("CI")))
settings.register_profile("many", max_examples=300, deadline=None)
settings.register_profile("thorough", max_examples=3000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
