"""nn/checkpoints.py: save and load."""
import json
from math import inf, nan

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from engine import Value
from nn import MLP, Module, load, save
from nn.checkpoints import groups
from nn.files import DEPTH
from tests.nn.saved_models import B, W, model, numbers, refused, saved

floats = st.floats(allow_nan=False, allow_infinity=False)
keys   = st.text(max_size=5) | st.integers(0, 3)
parts  = st.recursive(floats.map(Value), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner,
                      max_size=3), max_leaves=8)
jsons  = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner,
                                                                                  max_size=3), max_leaves=8)
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class Holder(Module):
    """A module with any parts."""

    def __init__(self, part):
        self.part, self.b = part, Value(0.5)


def blank(part):
    """Parts of the same form, all parameters 7."""
    if isinstance(part, Value):
        return Value(7.0)
    return [blank(p) for p in part] if isinstance(part, list) else {key: blank(p) for key, p in part.items()}


# What is saved

@in_one_folder
@given(parts)
@example([[Value(1.0), Value(-0.0)], [Value(5e-324), Value(1.7976931348623157e308)]])
@example({"a[0]": Value(1.0), "a": [Value(2.0)], 0: Value(3.0), "0": Value(4.0)})
@example([[Value(1.0)], [Value(2.0), Value(3.0)]])  # lists of several lengths
def test_what_is_loaded_is_what_was_saved(tmp_path, part):
    one, other = Holder(part), Holder(blank(part))
    save(one, tmp_path / "model.json")
    assert load(other, tmp_path / "model.json") is other
    assert numbers(other) == numbers(one)


@in_one_folder
@given(st.lists(st.lists(floats.map(Value), min_size=2, max_size=2), min_size=1, max_size=3))
def test_a_file_holds_names_shapes_and_numbers(tmp_path, matrix):
    save(Holder(matrix), tmp_path / "model.json")
    assert json.loads((tmp_path / "model.json").read_text()) == {
        "format": "glassgrad", "version": 1, "model": "Holder", "structure": {"": {"class": "Holder"}}, "parameters": {
            "part": {"shape": [len(matrix), 2], "data": [v.data for row in matrix for v in row]},
            "b": {"shape": [], "data": [0.5]}}}


def test_gaps_in_a_list_keep_their_names():
    assert [*groups(Holder([Value(1.0), 2.0, Value(3.0)]))] == ["part[0]", "part[2]", "b"]
    assert [*groups(Holder([Value(1.0), [Value(2.0)]]))] == ["part[0]", "part[1][0]", "b"]


def test_a_shared_parameter_is_saved_once():
    shared = Value(1.0)
    assert [*groups(Holder([shared, shared]))] == ["part", "b"]


# What is wrong with a file

@pytest.mark.parametrize("change, complaint", [
    (lambda d: d["parameters"].pop(W),                     f"missing: {W}"),
    (lambda d: d["parameters"].update(extra=1),            "unexpected: 'extra'"),
    (lambda d: d.update(more=1),                           "unexpected: 'more'"),
    (lambda d: d.pop("model"),                             "missing: model"),
    (lambda d: d.pop("format"),                            "not a file that save() has written"),
    (lambda d: d.update(version=2),                        "version 2 came; this is glassgrad for version 1"),
    (lambda d: d.update(version=True),                     "version True came"),
    (lambda d: d.update(parameters=[]),                    "parameters: an object is needed; [] came"),
    (lambda d: d["parameters"].update({W: [1, 2]}),        f'{W}: {{"shape": [...], "data": [...]}} is needed'),
    (lambda d: d["parameters"][W].update(shape=[3]),       f"{W}: wrong size: the model has [2]; [3] with 2 numbers"),
    (lambda d: d["parameters"][W]["data"].append(1.0),     f"{W}: wrong size: the model has [2]; [2] with 3 numbers"),
    (lambda d: d["parameters"][W].update(data=[1, True]),  f"{W}[1]: a number is needed; true came"),
    (lambda d: d["parameters"][W].update(data=["1", 2]),   f"{W}[0]: a number is needed; '1', a str came"),
    (lambda d: d["parameters"][B].update(data=[None]),     f"{B}: a number is needed; null came"),
    (lambda d: d["parameters"][B].update(data=[[1.0]]),    f"{B}: a number is needed; [1.0], a list came"),
    (lambda d: d["parameters"][B].update(data=[nan]),      f"{B}: not finite: nan"),
    (lambda d: d["parameters"][B].update(data=[-inf]),     f"{B}: not finite: -inf"),
])
def test_what_is_wrong_is_said(tmp_path, change, complaint):
    text = refused(saved(tmp_path, change))
    assert f"\n    {complaint}" in text
    assert "' does not fit MLP of [Layer of [LinearNeuron(2)]]; nothing has changed; 1 thing is wrong:" in text


@pytest.mark.parametrize("text, complaint", [
    (b"",                                 "not JSON: Expecting value: line 1 column 1 (char 0)"),
    (b"{\"a\": 1",                        "not JSON: Expecting ',' delimiter"),
    (b"\xff\xfe",                         "not a text in UTF-8: byte 0 is 0xff"),
    (b"[" * 100_000,                      f"nested too deep: at most {DEPTH} lists and objects within each other"),
    (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), f"nested too deep: at most {DEPTH}"),
    (b"[" * DEPTH + b"]" * DEPTH,         "not a file that save() has written"),
    (b'{"format": "glassgrad", "version": 1, "version": 1}', "'version' stands there twice"),
    (b"__import__('os').abort()",         "not JSON"),
    (b"[1]",                              "not a file that save() has written"),
    (b"\x80\x04\x95",                     "not a text in UTF-8"),
])
def test_what_is_no_such_file_is_said(tmp_path, text, complaint):
    (tmp_path / "model.json").write_bytes(text)
    assert f"\n    {complaint}" in refused(tmp_path / "model.json")


@pytest.mark.parametrize("digits", ["1e400", "1" + "0" * 400, "9" * 5000, "-1e999"])
def test_a_number_beyond_all_floats_is_not_finite(tmp_path, digits):
    path = saved(tmp_path)
    path.write_text(path.read_text().replace("0.25", digits))
    assert f"{B}: not finite: " in refused(path)


def test_all_that_is_wrong_is_listed(tmp_path):
    def change(document):
        document["parameters"][W]["data"] = [True, inf]
        document["parameters"]["c"] = document["parameters"].pop(B)

    text = refused(saved(tmp_path, change))
    assert text.splitlines()[1:] == [
        "    unexpected: 'c'", f"    {W}[0]: a number is needed; true came", f"    {W}[1]: not finite: inf",
        f"    missing: {B}"]
    assert "; 4 things are wrong:" in text


def test_beside_a_name_that_stands_twice_all_else_that_is_wrong_is_listed(tmp_path):
    path = saved(tmp_path, lambda document: document["parameters"].pop(B))
    path.write_text(path.read_text().replace('"format"', '"version": 1, "format"'))
    assert refused(path).splitlines()[1:] == ["    'version' stands there twice", f"    missing: {B}"]


def test_a_long_list_is_cut(tmp_path):
    save(MLP(2, [30], seed=1), tmp_path / "model.json")
    text = refused(tmp_path / "model.json")
    assert len(text.splitlines()) == 22 and text.endswith("    and 38 more")


def test_a_large_file_is_not_read(tmp_path, monkeypatch):
    path = saved(tmp_path)
    monkeypatch.setattr("nn.files.SIZE", 100)
    assert "the file is too large: at most 100 bytes are read" in refused(path)
    with pytest.raises(ValueError, match="none of more than 100 is read again"):
        save(model(), path)


@in_one_folder
@given(jsons, st.sampled_from([(), ("parameters",), ("parameters", B), ("parameters", B, "data"), ("version",)]))
def test_any_document_is_loaded_or_refused(tmp_path, put, place):
    def change(document):
        for key in place[:-1]:
            document = document[key]
        document.update({place[-1]: put} if place else {"more": put})

    path, made = saved(tmp_path, change), model(b=7.0)
    try:
        load(made, path)
    except ValueError:
        assert made.parameters()[2].data == 7.0
    else:
        assert [made.parameters()[2].data] in ([0.25], put)


@in_one_folder
@given(st.integers(0, 300), st.integers(0, 255))
def test_any_byte_may_be_another(tmp_path, at, byte):
    path, made = saved(tmp_path), model(b=7.0)
    content = bytearray(path.read_bytes())
    content[at % len(content)] = byte
    path.write_bytes(content)
    before = numbers(made)
    try:
        load(made, path)
    except ValueError:
        assert numbers(made) == before


def test_what_is_no_model(tmp_path):
    with pytest.raises(TypeError, match=r"save\(model, path\) needs a Module; 1.0 is a float"):
        save(1.0, tmp_path / "model.json")
    with pytest.raises(ValueError, match="needs a Module that has parameters"):
        load(Module(), tmp_path / "model.json")
    with pytest.raises(FileNotFoundError):
        load(model(), tmp_path / "model.json")


@pytest.mark.parametrize("text", ["[1, 2", '[1, 2, {"a": 1, "a": 2}]', "3", '"text"', "null"])
def test_a_file_of_something_else_is_refused_in_one_error(tmp_path, text):
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="nothing has changed"):
        load(MLP(1, [1]), path)
