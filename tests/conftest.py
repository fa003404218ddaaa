"""How much the properties are tested: HYPOTHESIS_PROFILE is many, or thorough, or few, or brief."""
import os

from hypothesis import Phase, settings

from tests.clusters import client
from tests.engine.picture.chromium import browser, window

assert client and browser and window                 # pytest finds them here

settings.register_profile("default", max_examples=60, deadline=None, derandomize=bool(os.environ.get("CI")),
                          phases=[each for each in Phase if each is not Phase.explain])  # which takes longest
settings.register_profile("few", max_examples=20, deadline=None, derandomize=True,       # for a mutant: the first
                          phases=[Phase.explicit, Phase.generate])                       # that fails is enough
settings.register_profile("brief", max_examples=20, deadline=None, derandomize=True)      # to see which lines are run
settings.register_profile("many", max_examples=300, deadline=None)
settings.register_profile("thorough", max_examples=3000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
