"""Tests of the compiled core; skipped by name where it was not built, or not from this table."""
from __future__ import annotations

import os
import subprocess
import sys

import pytest

BUILT = subprocess.run([sys.executable, "-c", "import engine"], env={**os.environ, "GLASSGRAD_CORE": "native"},
                       capture_output=True, text=True)
needs_native = pytest.mark.skipif(BUILT.returncode != 0, reason=BUILT.stderr.strip().rpartition("\n")[2])
