"""Predictions: a model's outputs over many rows, replayed where the model is nn's own, else row by row.

>>> from nn import MLP
>>> model = MLP(2, [3, 1], seed=1)
>>> model.predict([[0.5, 1.0], [1.0, 0.5]]) == [model([0.5, 1.0]).data, model([1.0, 0.5]).data]
True
"""
from __future__ import annotations

from weakref import WeakKeyDictionary

from engine import Replay, Value
from engine.errors import FAILURES, brief
from engine.replay.rows import is_array, is_lazy, numpy

from nn.examples import matrix_of, plain
from nn.training.recording import dependencies, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nn.module import Module

known: WeakKeyDictionary[Module, tuple[list[Any], Replay, bool]] = WeakKeyDictionary()     # what was recorded, of what


def predict(model: Module, rows: Any) -> Any:
    """The outputs of a model for each row: numbers, or rows of them where there are several; see Module.predict."""
    from engine.replay.frames import are_numbered, is_frame, names_of
    if is_lazy(rows):
        return predict_there(model, rows)
    names  = names_of(rows) if is_frame(rows) else []
    asked  = vars(model).get("_columns") if names and not are_numbered(names) else None
    matrix = matrix_of(rows, "predict(rows)", asked or names)
    if not len(matrix):
        outputs: Any = []
    else:
        outputs = replayed(model, matrix) if dependencies(model) is not None else eager(model, matrix)
    np = numpy()
    return np.asarray(outputs, dtype=float) if np is not None and is_array(rows) else plain(outputs)


def predict_there(model: Module, rows: Any) -> Any:
    """The outputs for rows of Dask's, as a Dask array that is yet to be computed, in the chunks of the rows."""
    from engine.replay.cluster import common, values
    from engine.replay.cluster import blocks as there
    from engine.replay.frames import are_numbered, is_frame, names_of
    names = names_of(rows) if is_frame(rows) else []
    width = len(names) if names else int(rows.shape[-1])
    asked = vars(model).get("_columns") if names and not are_numbered(names) else None
    array = there.array_of(rows, asked or names or [""] * width, there.Lengths(None), "predict(rows)")
    if dependencies(model) is None:
        raise ValueError("predict(rows) needs a model of nn's own for a Dask array; write "
                         "rows.map_blocks(model.predict) for another")
    replay, single = recorded(model, [0.0] * width)
    outputs = values(array, common(replay.tape, replay.backend), replay.leaves(), len(replay.tape.outputs))
    return outputs[:, 0] if single else outputs


def replayed(model: Module, matrix: Any) -> Any:
    """The outputs, by a recording of the model as it is now."""
    replay, single = recorded(model, plain(matrix[0]))
    if len(matrix[0]) != len(replay.inputs):
        model(plain(matrix[0]))  # type: ignore[operator]
    outputs = replay(matrix)
    if not single:
        return outputs
    return outputs[:, 0] if hasattr(outputs, "tolist") else [row[0] for row in outputs]


def recorded(model: Module, row: list[float]) -> tuple[Replay, bool]:
    """A recording of the model as it is now, and whether it has a single output."""
    depends = dependencies(model) or []
    before, replay, single = known.get(model, ([], None, False))
    if replay is None or not same(before, depends):
        inputs = [Value(x) for x in row]
        output = model(inputs)  # type: ignore[operator]
        single = output.__class__ is Value
        replay = Replay([output] if single else [*output], inputs=inputs)
        known[model] = depends, replay, single
    return replay, single


def eager(model: Module, matrix: Any) -> list[Any]:
    """The outputs, row by row. Errors: those of the model, with the row's number; TypeError for what is no output."""
    outputs = []
    for i, row in enumerate(plain(matrix)):
        try:
            output = model(row)  # type: ignore[operator]
        except FAILURES as error:
            if len(error.args) == 1:
                error.args = (f"row {i}: {error}",)
            raise
        outputs.append(numbers_of(output, i))
    return outputs


def numbers_of(output: Any, i: int) -> Any:
    """The numbers of an output."""
    if hasattr(output, "__iter__"):
        return [numbers_of(each, i) for each in output]
    if output.__class__ is Value:
        return output.data
    if not isinstance(output, (int, float)):
        raise TypeError(f"predict(rows) needs a model that gives Values; for row {i} it gave {brief(output)}")
    return float(output)
