"""`make release`: builds all that would be uploaded, installs each in an empty environment, tries it; uploads nothing.

The source distribution, from it a wheel for each Python found and the pure one; each runs the lesson and the tests of
what is computed, on the installed package. Metadata, long description and the workflow are checked. Where Debian's
gcc-aarch64-linux-gnu and qemu-user are installed, a wheel for ARM64 is compiled and tried too, emulated.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

from proofs import environments
from proofs.environments import ROOT, found, run

OUT   = ROOT / "out" / "release"
# What computes; the others read the tree, which an installed package has not.
TESTS = ["tests/engine/test_backward.py", "tests/engine/test_conventions.py", "tests/engine/test_laws.py",
         "tests/engine/test_table.py", "tests/engine/derivatives", "tests/nn/test_losses.py",
         "tests/nn/test_optimisers.py"]
TESTING = "hypothesis", "mpmath", "numpy", "pytest", "graphviz"
REPLAYED = "tests/engine/replay/backends/test_native.py"
ARM = "aarch64-linux-gnu"
# What Debian has for ARM64: Python with its headers, and the libraries that it and NumPy need.
DEBIAN = ["libc6", "libgcc-s1", "libstdc++6", "libexpat1", "zlib1g", "libffi8", "libbz2-1.0", "liblzma5", "libcrypt1",
          "libssl3", "libsqlite3-0", "libuuid1"]
UNTRIED = """\
Untried, for this machine cannot: macOS and Windows (no such machine), {arm}manylinux (no container: a
wheel that is built here is tagged linux_x86_64, which an index does not take), and each Python of 3.10 to 3.14 that is
not named above. The workflow .github/workflows/wheels.yml is for them; it was linted, never run."""


def environment(python, name, *packages):
    """The Python of a new virtual environment with these packages."""
    return environments.environment(python, OUT / "environments" / name, *packages)


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
        run(own, "-m", "pip", "install", "-q", "--disable-pip-version-check", *TESTING)
        tests_beside(place)
        said = run(own, "-m", "pytest", "-q", *TESTS, cwd=place)
        core += f", {re.findall('[0-9]+ passed', said)[-1]}"
    return core


def arm64(pythons, source, quick):
    """Why nothing was tried on ARM64, if nothing was: its wheel is cross-compiled, and tried under an emulator."""
    if missing := [name for name in (f"{ARM}-gcc", "qemu-aarch64", "apt-get", "dpkg-deb") if not shutil.which(name)]:
        return f"no {missing[0]} here"
    version = next((version for version in pythons if not quick and packaged(version)), "")
    if not version:
        return "not asked for" if quick else "no Python for it among this system's packages"
    root, place, suffix = OUT / "arm64", OUT / "tried" / "arm64", f".cpython-{version.replace('.', '')}-{ARM}.so"
    builder = OUT / "environments" / f"build-{version}" / "bin" / "python"
    headers = f"-I{root}/usr/include/python{version} -I{root}/usr/include"
    run(builder, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", place, source, env={
        **os.environ, "CC": f"{ARM}-gcc", "LDSHARED": f"{ARM}-gcc -shared", "CFLAGS": headers,
        "SETUPTOOLS_EXT_SUFFIX": suffix, "_PYTHON_HOST_PLATFORM": "linux-aarch64"})
    wheel, = place.glob("*.whl")
    contents(source, [wheel])
    platforms = [f"--platform={name}_aarch64" for name in ("linux", "manylinux2014", "manylinux_2_28")]
    run(builder, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", place / "site", *platforms,
        f"--python-version={version}", "--only-binary=:all:", wheel, *TESTING)
    tests_beside(place)
    emulated = ["qemu-aarch64", "-L", root, root / "usr" / "bin" / f"python{version}"]
    there = {**os.environ, "PYTHONPATH": place / "site", "HYPOTHESIS_PROFILE": "few"}
    core = run(*emulated, "-c", "import engine, glassgrad as g; x = g.Value(3.0); (x * x).backward(); "
                                "assert x.grad == 6.0; print(engine.core)", cwd=place, env=there).strip()
    said = run(*emulated, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, REPLAYED, cwd=place, env=there)
    print(f"tried on ARM64, emulated, {version}: {wheel.name}: core {core}, {re.findall('[0-9]+ passed', said)[-1]}")
    return ""


def packaged(version):
    """Whether this system's packages have this Python for ARM64; they are laid out, not installed."""
    root, own = OUT / "arm64", OUT / "packages"
    options  = ["-o", "APT::Architecture=arm64", "-o", "APT::Architectures=arm64", "-o", f"Dir::State={own}/state",
                "-o", f"Dir::Cache={own}/cache", "-o", "Dir::State::status=/dev/null", "-o", "APT::Sandbox::User=root"]
    for folder in root, own / "state" / "lists" / "partial", own / "cache" / "archives" / "partial":
        folder.mkdir(parents=True, exist_ok=True)
    names = [f"python{version}-minimal", *[f"libpython{version}{part}" for part in ("-minimal", "-stdlib", "", "-dev")]]
    for command in ["apt-get", *options, "update"], ["apt-get", *options, "download", *names, *DEBIAN]:
        if subprocess.run(command, cwd=own, capture_output=True).returncode:
            return False
    for package in own.glob("*.deb"):
        run("dpkg-deb", "-x", package, root)
    return True


def tests_beside(place):
    """A copy of the tests, in a folder in which they find no tree."""
    shutil.copytree(ROOT / "tests", place / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "setup.cfg"):
        shutil.copy(ROOT / name, place)


def main():
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run no tests")
    asked = parser.parse_args()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    pythons = {version: path for version, path in found().items() if not version.endswith("t")}
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
    arm = arm64(pythons, source, asked.quick)
    print("\nWould be uploaded:")
    for part in (source, *wheels):
        print(f"    {part.relative_to(ROOT)}  {part.stat().st_size:,} bytes")
    print("\n" + UNTRIED.format(arm=f"ARM64 ({arm}), " if arm else ""))
    print("\nNext: set the date in CHANGELOG.md, tag, and upload by hand.")


if __name__ == "__main__":
    main()
