"""engine/writing.py: a file is written whole or not at all, and only a file is replaced."""
from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given, strategies as st

from engine.interop.files import write

names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60).filter(
    lambda name: name not in (".", "..") and len(name.encode()) <= 255)


@given(names, st.lists(st.binary(max_size=50), min_size=1, max_size=3))
def test_the_last_content_stands_alone_in_the_folder(tmp_path_factory, name, contents):
    folder = tmp_path_factory.mktemp("folder")
    for content in contents:
        write(folder / name, content)
    assert (folder / name).read_bytes() == contents[-1] and os.listdir(folder) == [name]


@pytest.mark.skipif(os.name == "nt", reason="no links without rights")
def test_a_link_stays_a_link_and_permissions_stay(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    write(path, b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    write(link, b"new")
    assert link.is_symlink() and path.read_bytes() == b"new" and path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path):
    pipe, found = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write(pipe, b"through")
    reader.join(10)
    assert found == [b"through"] and pipe.is_fifo()


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_an_interruption_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch, failing):
    def interrupt(*_):
        raise KeyboardInterrupt

    write(tmp_path / "file", b"old")
    monkeypatch.setattr(f"engine.interop.files.os.{failing}", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old" and os.listdir(tmp_path) == ["file"]


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="what was there has not changed"):
        write(tmp_path, b"")
    assert os.listdir(tmp_path) == []
