"""`make release`: builds all that would be uploaded, installs each in an empty environment, tries it; uploads nothing.

The source distribution, from it a wheel for each Python found and the pure one; each runs the lesson and the tests of
what is computed, on the installed package. Metadata, long description and the workflow are checked.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT    = Path(__file__).resolve().parent
OUT     = ROOT / "out" / "release"
PYTHONS = [f"python3.{minor}" for minor in range(10, 15)]
# What computes; the others read the tree, which an installed package has not.
TESTS   = ["tests/engine/test_backward.py", "tests/engine/test_conventions.py", "tests/engine/test_laws.py",
           "tests/engine/test_table.py", "tests/engine/derivatives", "tests/nn/test_losses.py",
           "tests/nn/test_optimisers.py"]
UNTRIED = """\
Untried, for this machine cannot: macOS and Windows (no such machine), ARM64 (no compiler for it, no emulator),
manylinux (no container: a wheel that is built here is tagged linux_x86_64, which an index does not take), and each
Python of 3.10 to 3.14 that is not named above. The workflow .github/workflows/wheels.yml is for them; it was linted,
never run."""


def run(*command, **more):
    """Run a command; where it fails, its output ends the release."""
    done = subprocess.run([*map(str, command)], capture_output=True, encoding="utf-8", **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def found():
    """The Pythons that run here, by their versions; this one among them."""
    pythons = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys.executable}
    for name in PYTHONS:
        path = shutil.which(name)
        works = path and not subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True).returncode
        if works:
            pythons.setdefault(name.removeprefix("python"), path)
    return pythons


def environment(python, name, *packages):
    """The Python of a new virtual environment with these packages."""
    place = OUT / "environments" / name
    run(python, "-m", "venv", place)
    own = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(own, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages)
    return own


def build(pythons):
    """The source distribution, and the wheels that are built from it."""
    dist = OUT / "dist"
    run(sys.executable, "setup.py", "-q", "egg_info", "--egg-base", OUT, "sdist", "--formats", "gztar", "--dist-dir",
        dist, cwd=ROOT)
    source, = dist.glob("*.tar.gz")
    for version, python in pythons.items():
        builder = environment(python, f"build-{version}", "setuptools >= 77", "wheel")
        run(builder, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", dist, source)
    run(builder, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", dist, source,
        env={**os.environ, "CC": "false"})
    return source, sorted(dist.glob("*.whl"))


def contents(source, wheels):
    """What must and must not be in the parts."""
    with tarfile.open(source) as files:
        assert any(name.endswith("/tests/test_house.py") for name in files.getnames())
    for wheel in wheels:
        names = zipfile.ZipFile(wheel).namelist()
        tops = {name.split("/")[0] for name in names}
        assert {name for name in tops if not name.endswith(".dist-info")} == {"engine", "glassgrad", "nn"}, tops
        compiled = any(name.endswith((".so", ".pyd")) for name in names)
        assert compiled != wheel.name.endswith("-py3-none-any.whl"), wheel.name
        assert {"engine/value.pyi", "engine/py.typed", "glassgrad/demos/lesson/parts/lesson.js"} <= {*names}, wheel.name


def tried(part, version, python, quick):
    """A part installed in an empty environment: the first gradient, the lesson, the tests; the core that it has."""
    place = OUT / "tried" / f"{version}-{part.name}"
    place.mkdir(parents=True)
    own = environment(python, f"{version}-{part.name}", part)
    core = run(own, "-c", "import engine, glassgrad as g; x = g.Value(3.0); (x * x).backward(); assert x.grad == 6.0; "
                          "print(engine.core)", cwd=place).strip()
    run(own, "-m", "glassgrad", "--quiet", cwd=place)
    assert (place / "out" / "lesson" / "lesson.html").exists()
    if not quick:
        run(own, "-m", "pip", "install", "-q", "--disable-pip-version-check", "hypothesis", "mpmath", "numpy", "pytest",
            "graphviz")
        shutil.copytree(ROOT / "tests", place / "tests", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("conftest.py", "setup.cfg"):
            shutil.copy(ROOT / name, place)
        said = run(own, "-m", "pytest", "-q", *TESTS, cwd=place)
        core += f", {re.findall('[0-9]+ passed', said)[-1]}"
    return core


def main():
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run no tests")
    asked = parser.parse_args()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    pythons = found()
    print(f"Pythons found: {', '.join(pythons)}")
    source, wheels = build(pythons)
    contents(source, wheels)
    checker = environment(sys.executable, "checks", "twine", "check-jsonschema", "cibuildwheel")
    run(checker, "-m", "twine", "check", "--strict", source, *wheels)
    run(checker, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows",
        ROOT / ".github" / "workflows" / "wheels.yml")
    for platform in ("linux", "macos", "windows"):
        assert run(checker, "-m", "cibuildwheel", "--print-build-identifiers", "--platform", platform, ROOT)
    print("metadata, long description and workflow are well-formed")
    for part in (*wheels, source):
        for version, python in pythons.items():
            tag = f"-cp{version.replace('.', '')}-"
            if part == source and version == min(pythons) or "-none-any" in part.name or tag in part.name:
                print(f"tried on {version}: {part.name}: core {tried(part, version, python, asked.quick)}", flush=True)
    print("\nWould be uploaded:")
    for part in (source, *wheels):
        print(f"    {part.relative_to(ROOT)}  {part.stat().st_size:,} bytes")
    print(f"\n{UNTRIED}\n\nNext: set the date in CHANGELOG.md, tag, and upload by hand.")


if __name__ == "__main__":
    main()
