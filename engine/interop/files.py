"""A file written whole, or not at all."""
from __future__ import annotations

import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike


def write(path: str | PathLike[str], content: bytes) -> None:
    """Put a whole file in the place of what was there.

    An interruption, a full disk or a second writer leaves the old file or one whole new one; a link stays a link, and
    who may read the file stays as it was. Errors: OSError where the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write(f"{folder}/a.txt", b"whole")
    ...     os.listdir(folder)
    ['a.txt']
    """
    path = os.path.realpath(path)
    try:
        if os.path.exists(path) and not os.path.isfile(path):    # a device or a pipe is nothing to be replaced
            with open(path, "wb") as file:
                file.write(content)
        else:
            swap(path, content)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror or error}; what was there has not changed", path) from None


def swap(path: str, content: bytes) -> None:
    """Write a draft beside the file, then put it in the file's place."""
    folder, name = os.path.split(path)
    draft = os.path.join(folder, f".{name[:40]}.{os.urandom(6).hex()}")
    try:
        with open(draft, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):            # a new file has no old permissions
            os.chmod(draft, os.stat(path).st_mode & 0o777)
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise
