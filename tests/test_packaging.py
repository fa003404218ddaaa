"""The source distribution holds what the repository holds."""
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def listed():
    """The files of the repository."""
    try:
        done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        pytest.skip("git is not installed")
    names = {name for name in done.stdout.splitlines() if (ROOT / name).exists()}
    return names - {".gitignore"} or pytest.skip("this is no repository")


def test_the_source_distribution_is_complete(tmp_path):
    pytest.importorskip("setuptools")
    wanted = listed()
    subprocess.run([sys.executable, "-W", "ignore", "setup.py", "-q", "egg_info", "--egg-base", tmp_path,
                    "sdist", "--formats", "gztar", "--dist-dir", tmp_path], cwd=ROOT, check=True, capture_output=True)
    archive, = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        found = {name.partition("/")[2] for name in files.getnames()}
    assert wanted - found == set()
    assert not [name for name in found if name.endswith((".so", ".pyd", ".pyc"))]
