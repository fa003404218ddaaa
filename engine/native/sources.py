"""What the compiled code is made of, once: for setup.py, which builds it, for make, which asks whether that is stale.

`python engine/native/sources.py` prints a checksum of all of it. Imports nothing of the project, so that it runs before
anything is installed.
"""
from __future__ import annotations

from binascii import crc32
from pathlib import Path

HERE   = Path(__file__).resolve().parent
ENGINE = HERE.parent
KINDS  = "", "_plain", "_avx2", "_avx512"            # the block interpreter; its kernels for sets of instructions

# Each extension is one translation unit, or one for each set of instructions: core.c and blocks.c list, in the order in
# which they need each other, headers with functions; what is poured comes among them.
CORE   = ["core.c"]
BLOCKS = [f"interpreter/blocks{kind}.c" for kind in KINDS]

TABLES = ["formula.py", "op.py", "pouring.py", "value.py", "more_rows.py"]       # what is poured, and how it is read
FORMED = [                                                       # what decides what instructions find, and where
    "formula.py", "readers/code.py", "readers/instructions.py", "readers/unrolled.py", "replay/backends/encoding.py",
    "replay/program.py", "replay/templates.py", "replay/values.py", "native/kernels.py"]
POURED = ["readers/braces.py", "readers/c.py", "readers/stub.py", "native/kernels.py", "native/__init__.py",
          "native/sources.py"]


def checksum(files: list[Path]) -> int:
    """A checksum of what is in some files, in their order. Errors: OSError where one is missing."""
    return crc32(b"".join([file.read_bytes() for file in files])) & 0x7fffffff


def form() -> int:
    """The form of encoded programs: a checksum of the code that decides it. Errors: OSError without its source."""
    return checksum([ENGINE / name for name in FORMED])


def everything() -> list[Path]:
    """All that the compiled code depends on."""
    python = [ENGINE / name for name in dict.fromkeys([*TABLES, *FORMED, *POURED])]
    return [ENGINE.parent / "setup.py", *python, *sorted([*HERE.rglob("*.c"), *HERE.rglob("*.h")])]


if __name__ == "__main__":
    print(checksum(everything()))
