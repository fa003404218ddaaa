"""The form of a loss's targets: a class, a sign, a probability, or numbers.

A form says which targets there are, how they enter a recording, and which outputs are right. A loss is declared with
one (`declare_loss` in losses.py); `fit` and `accuracy` read it there.

>>> CLASS.right_share([0.1, 2.0, -1.0], [0, 1, 0], "accuracy(output, target)")
1.0
>>> SIGN.number(0, "hinge(scores, targets)")
Traceback (most recent call last):
    ...
ValueError: hinge(scores, targets) needs targets of -1 and 1; 0 came; write 2 * t - 1 for a t of 0 or 1
"""
from __future__ import annotations

from engine import Value
from engine.errors import brief, number

from nn.inputs import is_row, labels_of, numbers_in, paired, some_numbers, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Targets:
    """Numbers, one for each prediction, of which none says what is right. What other forms there are differ from this.

    A target comes to `columns` as `fit` has read it: a float, an int where it is whole, or a list of such; or all of
    them come in an array.
    """

    needs = ""                                       # the condition on y in a row of a score x and its target y
    hint  = ""                                       # what to say where it fails

    def number(self, t: Any, what: str) -> float:
        """The number that a plain target is. Errors: TypeError and ValueError for what is none."""
        return number(t, what)  # type: ignore[no-any-return]

    def check(self, t: float, what: str) -> None:
        """Nothing, where a number is a target of this form. Errors: ValueError where it is none."""

    def columns(self, targets: Any, outputs: int) -> Any:
        """Targets for so many outputs as rows of numbers, all of one width: the inputs of a recording.

        Errors: ValueError where a recording would take what eager code refuses.

        >>> NUMBERS.columns([2, 0.5], outputs=1), CLASS.columns([2, [0.5, 0.5, 0.0]], outputs=3)
        ([[2.0], [0.5]], [[0.0, 0.0, 1.0], [0.5, 0.5, 0.0]])
        """
        if hasattr(targets, "dtype"):                # an array
            floats = targets.astype(float).reshape(len(targets), -1)
            if type(self).check is not Targets.check:
                for t in {*floats.ravel().tolist()}:
                    self.check(t, "a recording")
            return floats
        if len({len(t) if isinstance(t, list) else None for t in targets}) > 1:
            raise ValueError("its targets are of several forms")
        rows = [[*map(float, t)] if isinstance(t, list) else [float(t)] for t in targets]
        for t in dict.fromkeys([t for row in rows for t in row]):
            self.check(t, "a recording")
        return rows

    def from_columns(self, inputs: list[Value], example: Any) -> Any:
        """What stands for a target as the loss is recorded, made of a recording's inputs; `example` is one as given."""
        return inputs if isinstance(example, list) else inputs[0]

    def right_share(self, output: Any, target: Any, what: str) -> float:
        """Of the scores in an output how many are right: 1.0 for all; one score may stand alone, with its target."""
        if output.__class__ is Value and not is_row(target):                     # as it comes most often, and quickly
            t = target.data if target.__class__ is Value else self.number(target, what)
            return 1.0 if self.right(output.data, t, what) else 0.0
        scores, targets = paired(output, target, what, self.number)
        right = [self.right(number_of(y), number_of(t), what) for y, t in zip(scores, targets)]
        return right.count(True) / len(right)

    def right(self, score: float, t: float, what: str) -> bool:
        """Whether a score is on its target's side of 0. Errors: ValueError for a target that has none."""
        raise ValueError(f"{what} needs a loss whose targets have a right side; any number may be one of this loss")


class Sign(Targets):
    """-1 or 1 for each score."""

    def number(self, t: Any, what: str) -> float:
        x: float = number(t, what)
        self.check(t, what)
        return x

    def check(self, t: float, what: str) -> None:
        if t not in (-1, 1):
            raise ValueError(f"{what} needs targets of -1 and 1; {brief(t)} came; write 2 * t - 1 for a t of 0 or 1")

    def right(self, score: float, t: float, what: str) -> bool:
        self.check(t, what)
        return (score > 0) == (t > 0)


class Probability(Targets):
    """The probability of a yes for each score, from 0 to 1; a row itself refuses another, as its y."""

    needs = "0 <= y <= 1"
    hint  = "its y, the target, is a probability"

    def check(self, t: float, what: str) -> None:
        if not 0 <= t <= 1:
            raise ValueError(f"{what} needs targets from 0 to 1; {brief(t)} came")

    def right(self, score: float, t: float, what: str) -> bool:
        self.check(t, what)
        if t == 0.5:
            raise ValueError(f"{what} needs a target that has a right side; a probability of one half has none")
        return (score > 0) == (t > 0.5)


class Side(Probability):
    """A sign or a probability: what one score may have for its target where no loss says which."""

    def check(self, t: float, what: str) -> None:
        if not (t == -1 or 0 <= t <= 1):
            raise ValueError(f"{what} needs for one score a sign, -1 or 1, or a probability from 0 to 1; {brief(t)} "
                             "came")


class Class(Targets):
    """The number of a class, or one weight per class, for a row of logits."""

    def class_or_weights(self, target: Any, logits: list[Any], what: str) -> int | list[Any]:
        """The number of the class, or the weights of all.

        Errors: IndexError for a number that is no class, TypeError for what is no number of a class, ValueError for
        another number of weights than classes.
        """
        count = len(logits)
        if is_row(target):
            weights = numbers_in(target, f"{what}, given one weight per class,")
            if len(weights) != count:
                raise ValueError(f"{what} needs one weight for each of the {count} classes{labels_of(logits)}; "
                                 f"{len(weights)} came: {brief(target)}")
            return weights
        i = whole(target, what, "a class number or one weight per class")
        if not 0 <= i < count:
            raise IndexError(f"{what} needs a target from 0 to {count - 1}, for {count} classes{labels_of(logits)}; "
                             f"{brief(i)} came")
        return i

    def columns(self, targets: Any, outputs: int) -> Any:
        logits = [0.0] * outputs
        if hasattr(targets, "dtype"):
            import numpy
            several = targets.ndim > 1
            for t in targets[:1].tolist() if several else {*targets.tolist()}:
                self.class_or_weights(t, logits, "a recording")
            return targets.astype(float) if several else numpy.eye(outputs)[targets]
        chosen = [self.class_or_weights(t, logits, "a recording") for t in targets]
        return [t if isinstance(t, list) else [float(k == t) for k in range(outputs)] for t in chosen]

    def from_columns(self, inputs: list[Value], example: Any) -> Any:
        return inputs

    def right_share(self, output: Any, target: Any, what: str) -> float:
        """1.0 where the largest logit is that of the class, or of the class with the largest weight; else 0.0."""
        logits = some_numbers(output, what)
        chosen = self.class_or_weights(target, logits, what)
        wanted = self.heaviest([*map(number_of, chosen)], what) if isinstance(chosen, list) else chosen
        numbers = [z.data if z.__class__ is Value else z for z in logits]
        return 1.0 if numbers.index(max(numbers)) == wanted else 0.0

    def heaviest(self, weights: list[float], what: str) -> int:
        """The class with the largest weight. Errors: ValueError where several have it, or a weight is negative."""
        if min(weights) < 0:
            raise ValueError(f"{what} needs weights of at least 0, one per class; {brief(min(weights))} came; where "
                             "each score has a target of its own, name the loss: loss=...")
        if weights.count(max(weights)) > 1:
            raise ValueError(f"{what} needs one class of the largest weight; several have {brief(max(weights))}")
        return weights.index(max(weights))


NUMBERS, SIGN, PROBABILITY, CLASS, SIDE = Targets(), Sign(), Probability(), Class(), Side()


def number_of(v: Any) -> float:
    """The number of a Value; a plain number as it is."""
    number: float = v.data if v.__class__ is Value else v
    return number
