"""The compiled core, poured from the table and built where there is a C compiler; everything else is in setup.cfg."""
import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KINDS = "", "_plain", "_avx2", "_avx512"             # the block interpreter; its kernels for sets of instructions
HERE = Path(__file__).resolve().parent
FLAGS = [] if os.name == "nt" else ["-O2", "-ffp-contract=off", "-fno-builtin-sin", "-fno-builtin-cos"]
BLOCKS = [] if os.name == "nt" else ["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-pthread"]


class Pour(build_ext):
    """Writes the rows as C, then compiles."""

    def build_extension(self, extension):
        sys.path.insert(0, str(HERE))
        os.environ["GLASSGRAD_CORE"] = "python"
        from engine import Value
        from engine.native import pouring, rows_of
        from engine.replay import kernels
        from engine.replay.native import form
        folder = Path(self.build_temp).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rows.h").write_text(pouring.pour(vars(Value)), encoding="utf-8")
        (folder / "row_kernels.h").write_text(kernels.pour(rows_of(vars(Value)).values()), encoding="utf-8")
        extension.include_dirs = [str(folder)]
        extension.define_macros = [("FORM", str(form()))]
        self.force = True                            # no time stamp tells whether the table has changed
        super().build_extension(extension)


setup(
    cmdclass={"build_ext": Pour},
    ext_modules=[Extension("engine.native.core", ["engine/native/core.c"], extra_compile_args=FLAGS, optional=True),
                 Extension("engine.native.blocks", [f"engine/native/interpreter/blocks{kind}.c" for kind in KINDS],
                           extra_compile_args=BLOCKS, optional=True)],
)
