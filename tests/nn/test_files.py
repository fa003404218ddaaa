"""nn/files.py: a file is written whole or not at all."""
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from nn import MLP, load, save
from nn.files import depth, lines, quoted
from tests.nn.saved_models import model, numbers, saved

ROOT = Path(__file__).parents[2]


def test_a_link_stays_a_link(tmp_path):
    save(model(), tmp_path / "model.json")
    (tmp_path / "link.json").symlink_to(tmp_path / "model.json")
    save(model(b=3.0), tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink() and load(model(), tmp_path / "model.json").parameters()[2].data == 3.0


def test_who_may_read_a_file_stays_as_it_was(tmp_path):
    path = saved(tmp_path)
    path.chmod(0o640)
    save(model(), path)
    assert path.stat().st_mode & 0o777 == 0o640


# What goes wrong in saving

@pytest.mark.parametrize("failing", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), MemoryError()],
                         ids=repr)
def test_what_stops_a_save_leaves_the_old_file(tmp_path, monkeypatch, failing, error):
    path = saved(tmp_path)
    before = path.read_bytes()

    def fail(*_):
        raise error

    monkeypatch.setattr(f"engine.interop.files.os.{failing}", fail)
    with pytest.raises(type(error)):
        save(model(b=9.0), path)
    assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path]


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.interop.files.os.fsync", fail)
    with pytest.raises(OSError, match="No space left on device; what was there has not changed"):
        save(model(), tmp_path / "model.json")


def test_no_folder_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="what was there has not changed"):
        save(model(), tmp_path / "missing" / "model.json")


def test_of_many_writers_one_wins_whole(tmp_path):
    path   = tmp_path / "model.json"
    program = ("import sys; from engine import Value; from nn import MLP, save\n"
               "made = MLP(40, [1], seed=int(sys.argv[1]))\n"
               "for _ in range(20): save(made, sys.argv[2])")
    writers = [subprocess.Popen([sys.executable, "-c", program, str(seed), str(path)], cwd=ROOT) for seed in (1, 2)]
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            load(MLP(40, [1]), path)
    assert [writer.returncode for writer in writers] == [0, 0] and [*tmp_path.iterdir()] == [path]
    assert numbers(load(MLP(40, [1]), path)) in [numbers(MLP(40, [1], seed=seed)) for seed in (1, 2)]


@pytest.mark.parametrize("text", ['"' * 10 ** 6, '"\\' * 500_000, '"\\"' * 333_333, "[" * 10 ** 6, '\\"' * 500_000])
def test_a_megabyte_of_hostile_text_is_looked_at_in_time_that_grows_with_it(text):
    short, long = [min(timed(depth, text[:n]) for _ in range(3)) for n in (len(text) // 16, len(text))]
    assert long < 160 * short + 0.5                  # a quadratic time would be 256 times as long


def timed(function, text):
    start = time.process_time()
    function(text)
    return time.process_time() - start


def test_a_file_shows_names_as_they_are_written():
    text = "".join(lines({"β": {"shape": [], "data": ["γ"]}}))
    assert (text.count("β"), text.count("γ")) == (1, 1)


DOCUMENTS = st.recursive(st.none() | st.floats(0.0, 9.0) | st.text('[]{}"\\a', max_size=5),
                         lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text("[}a"), part, max_size=4))


def nested(document):
    """How many lists and objects stand within each other."""
    if not isinstance(document, (list, dict)):
        return 0
    return 1 + max(map(nested, document.values() if isinstance(document, dict) else document), default=0)


@given(DOCUMENTS)
def test_the_depth_of_a_text_is_that_of_what_it_says(document):
    assert depth(json.dumps(document)) == nested(document)


@given(st.dictionaries(st.text(), st.dictionaries(st.text(), st.floats(0.0, 9.0), min_size=1), min_size=1))
def test_a_file_is_laid_out_as_json_is_read(document):
    assert "".join(lines(document)) == json.dumps(document, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("n", [0, 1, 57, 58, 59, 60, 1000])
@pytest.mark.parametrize("letter", ["a", "\n", "é"])
def test_what_is_quoted_from_a_file_is_whole_up_to_60_characters_and_cut_beyond(letter, n):
    shown, whole = quoted(n * letter), ascii(n * letter) if letter == "\n" else repr(n * letter)
    assert shown == whole if len(whole) <= 60 else shown == whole[:59] + "…"
