"""Which tests the second core need not repeat: each is named here, with why it finds the same whichever core runs.

`make test` runs all tests on the compiled core, then all but these on Python's (`pytest --second`). What is not named
here runs on both, and `make test-all` runs everything on both.
"""
from __future__ import annotations

import pytest

# The beginning of a test's name: why one core is enough
ONCE = {
    "tests/test_house.py":                    "it reads the files of the tree",
    "tests/test_adding.py":                   "it runs Python's core on a tree of its own",
    "tests/docs/":                            "it reads the guide",
    "tests/demos/notebooks/":                 "a kernel has a core of its own",
    "tests/typing/":                          "type checkers read the files of the tree",
    "tests/test_packaging.py":                "it packs the files of the tree",
    "tests/test_cores.py":                    "it reads tests/cores.py",
    "tests/engine/readers/test_latex.py":     "it reads formulas",
    "tests/engine/native/test_agreement.py":  "its processes have a core each",
    "tests/engine/native/test_choice.py":     "its processes choose their core",
    "tests/engine/native/test_pickles.py":    "its processes have a core each",
    "tests/benchmarks/":                      "it holds other engines to ours, which is tested on both",
    "tests/glassgrad/test_glassgrad.py::test_the_lesson_runs_and_its_page_is_opened":
        "test_lesson.py runs the lesson on both",
    **dict.fromkeys([f"tests/demos/iris/test_iris.py::{name}" for name in (
        "test_where_it_cannot_write_all_is_printed_all_the_same", "test_it_ends_well_where_nothing_is_installed",
        "test_what_is_wrong_stops_it")],
        "where it is written, and what is amiss there, is no matter of a Value; its numbers are read on both"),
    "tests/engine/native/test_kernels.py":    "the block interpreter knows no Value; test_replay.py records on both",
    "tests/engine/replay/backends/":          "the block interpreter knows no Value; test_replay.py records on both",
    "tests/engine/replay/test_fusing.py":     "instructions are no Values; test_replay.py records on both",
    "tests/engine/testing/test_strategies.py":
        "hypothesis draws numbers and shrinks them; test_graphs.py draws on both",
    "tests/engine/picture/test_rendering.py": "dot is given a text; test_dot_text.py writes it on both",
    "tests/engine/picture/test_colours.py":   "it reads the palette",
    "tests/engine/picture/test_page.py::TestInChromium":
        "the browser is given a text, which other tests read on both",
    "tests/engine/live/test_page.py::TestInChromium":
        "the browser is given a text, which other tests read on both",
    "tests/demos/lesson/test_html.py::TestInChromium":
        "the browser is given a text, which other tests read on both",
    "tests/engine/readers/test_javascript.py": "it reads formulas",
    "tests/test_ends.py":                     "its processes meet closed streams and other encodings, whoever computes",
    "tests/test_interrupts.py::test_a_file_is_loaded_whole":
        "Python reads the file; that many Values change at once, the other tests there hold on both",
    "tests/demos/test_short_demos.py":        "what a demo calls is tested on both",
    "tests/demos/lesson/test_worksheet.py":   "numbers are drawn and set; test_lesson.py computes them on both",
    "tests/engine/picture/test_blanks.py":    "a picture is drawn without numbers; test_contents.py finds them on both",
    "tests/engine/picture/test_layout.py":    "dot is given a text, and boxes are laid out",
    "tests/engine/test_table.py::test_what_is_told_and_what_is_differentiated_is_the_partial":
        "it reads formulas, with numbers of many digits",
    **dict.fromkeys([f"tests/demos/lesson/test_lesson.py::{name}" for name in (
        "test_it_prints_the_same_whatever_the_hash_seed", "test_the_figures_of_the_readme",
        "test_without", "test_pictures_go_where_out_says", "test_where_it_cannot_write",
        "test_a_terminal_of_ascii", "test_what_is_wrong_stops_it")],
        "where the lesson is written, and what is amiss there, is no matter of a Value; its numbers are read on both"),
    "tests/demos/test_surfaces.py":           "Matplotlib is given numbers",
    "tests/demos/test_moons.py::test_it_draws_its_picture":
        "Matplotlib is given numbers",
    "tests/demos/iris/test_iris.py::test_it_draws_every_picture":
        "Matplotlib is given numbers",
    "tests/demos/iris/test_iris.py::test_it_prints_the_same_whatever_the_hash_seed":
        "it compares with the run that draws; what is printed is read on both, and test_graphs.py changes the seed",
    "tests/demos/names/test_names.py::test_what_is_wrong_stops_it":
        "what it prints is read on both",
    "tests/demos/names/test_names.py::test_a_query_can_be_moved":
        "the browser is given a text",
    "tests/engine/replay/cluster/":           "workers have a core each; test_replay.py replays on both",
    "tests/nn/training/test_cluster.py":      "workers have a core each; the rest of tests/nn/training/ trains on both",
    "tests/demos/test_cluster.py":            "its workers have a core each",
    "tests/nn/test_files.py::test_a_megabyte_of_hostile_text":
        "the text is refused before a Value is made",
}
EXCUSED = "one core is enough: "


def excuse(name: str) -> str:
    """Why one core is enough for the test of this name; empty where both must pass.

    >>> excuse("tests/test_house.py::test_code_reads_aloud[engine/op.py]"), excuse("tests/engine/test_value.py::test_x")
    ('it reads the files of the tree', '')
    """
    return next((why for place, why in ONCE.items() if name.startswith(place)), "")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--second", action="store_true", help="skip the tests for which one core is enough")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if config.getoption("second") and excuse(item.nodeid):
            item.add_marker(pytest.mark.skip(reason=EXCUSED + excuse(item.nodeid)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("second"):
        skipped = [report for report in terminalreporter.stats.get("skipped", []) if EXCUSED in str(report.longrepr)]
        terminalreporter.write_line(f"{len(skipped)} tests were not repeated on this core: tests/cores.py says why")
