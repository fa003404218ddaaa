"""The source distribution holds what the repository holds; a wheel without compiled code is for any platform."""
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
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


@pytest.mark.skipif(os.name == "nt", reason="CC is not asked for there")
@pytest.mark.parametrize("compiler, pure", [
    ("exit 1", True), ('for each; do [ "$o" = -o ] && : >"$each"; o=$each; done', False)])
def test_a_wheel_without_compiled_code_is_for_any_platform(tmp_path, compiler, pure):
    pytest.importorskip("wheel")
    for name in ("engine", "glassgrad", "nn", "demos"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.so", "*.pyc"))
    for name in ("setup.py", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "cc").write_text(f"#!/bin/sh\n{compiler}\n")                # fails, or makes empty files
    (tmp_path / "cc").chmod(0o755)
    done = subprocess.run([sys.executable, "-W", "ignore", "setup.py", "-q", "bdist_wheel"], cwd=tmp_path,
                          capture_output=True, text=True, env={**os.environ, "CC": str(tmp_path / "cc")})
    made, = (tmp_path / "dist").glob("*.whl")
    assert made.name.endswith("-py3-none-any.whl") is pure, done.stderr
    names = {name.split("/")[0] for name in zipfile.ZipFile(made).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"engine", "glassgrad", "nn"}
    assert {"engine/value.pyi", "glassgrad/demos/lesson/parts/lesson.js", "glassgrad/py.typed"} <= {
        *zipfile.ZipFile(made).namelist()}
    assert not (tmp_path / "build").exists()
