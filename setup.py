"""The compiled core, poured from the table and built where there is a C compiler; everything else is in setup.cfg."""
import os
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:                                  # before setuptools 70.1 it came with wheel
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")          # newer ones of wheel say that it has moved
            from wheel.bdist_wheel import bdist_wheel
    except ImportError:                              # then no wheel can be made here
        bdist_wheel = None

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "engine" / "native")]

import sources                                       # noqa: E402  (before the engine is there)

FLAGS = [] if os.name == "nt" else ["-O2", "-ffp-contract=off", "-fno-builtin-sin", "-fno-builtin-cos"]
BLOCKS = [] if os.name == "nt" else ["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-pthread"]


class Pour(build_ext):
    """Writes the rows as C, then compiles, all at once."""

    def build_extensions(self):
        os.environ["GLASSGRAD_CORE"] = "python"
        from engine import Value
        from engine.native import kernels, rows_of
        from engine.readers import c
        folder = Path(self.build_temp).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rows.h").write_text(c.pour(vars(Value)), encoding="utf-8")
        (folder / "row_kernels.h").write_text(kernels.pour(rows_of(vars(Value)).values()), encoding="utf-8")
        for extension in self.extensions:
            extension.include_dirs = [str(folder)]
            extension.define_macros = [("FORM", str(sources.form()))]
        self.force = self.parallel = True            # no time stamp tells whether the table has changed
        compile = self.compiler.compile
        with ThreadPoolExecutor(os.cpu_count()) as pool:                 # the files of one extension side by side too
            self.compiler.compile = lambda files, **options: sum(
                pool.map(lambda file: compile([file], **options), files), [])
            super().build_extensions()


class Whole(build_py):
    """The packages, with the stubs that type checkers read, poured from the table.

    The demos go along as glassgrad.demos: at the top level demos is no name for what somebody installs.
    """

    def run(self):
        super().run()
        os.environ["GLASSGRAD_CORE"] = "python"
        from engine.readers import stub
        stub.write(HERE / "engine" if self.editable_mode else Path(self.build_lib, "engine"))
        for file in sorted((HERE / "demos").rglob("*")) if not self.editable_mode else []:
            if file.is_file() and file.suffix != ".pyc":
                place = Path(self.build_lib, "glassgrad", file.relative_to(HERE))
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(moved(file.read_bytes()) if file.suffix == ".py" else file.read_bytes())


def moved(text):
    """A file of the demos as it stands in a wheel."""
    for before in b"from demos", b"-m demos":
        text = text.replace(before, before.replace(b"demos", b"glassgrad.demos"))
    return text


def honest(base):
    """The command that makes a wheel: one for any platform where nothing was compiled."""
    class Wheel(base):
        def run(self):
            self.run_command("build_ext")
            made = self.get_finalized_command("build_ext").get_outputs()
            self.root_is_pure = not any([os.path.exists(path) for path in made])
            if self.root_is_pure:
                self.distribution.ext_modules = []       # else it would be laid out as for one platform
            super().run()

    return {"bdist_wheel": Wheel}


def extension(name, files, flags):
    return Extension(f"engine.native.{name}", [f"engine/native/{file}" for file in files], extra_compile_args=flags,
                     optional=True)


build = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)          # not in the tree; gone when this is over

setup(cmdclass={"build_ext": Pour, "build_py": Whole, **(honest(bdist_wheel) if bdist_wheel else {})},
      ext_modules=[extension("core", sources.CORE, FLAGS), extension("blocks", sources.BLOCKS, BLOCKS)],
      options={"build": {"build_base": build.name}, "bdist_wheel": {"bdist_dir": f"{build.name}/wheel"}})
