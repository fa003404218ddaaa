"""The values between two and the arrows among them, as columns of numbers: what every pass over a graph reads."""
from __future__ import annotations

from bisect import bisect_left
from operator import neg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from engine.value import Value


class Arrows:
    """The values of `order` that lead down to `wrt`, operands first, and the arrows among them; without `wrt` all.

    The arrows stand as backward takes them: from the last value to the first, operands left to right. `users` and
    `operands` say from where to where in `.order` each leads, `places` which operand that is, `partials` the partial by
    it. A million arrows as columns are nothing that the garbage collector goes through. `aside` are the other operands
    that were computed.

    >>> from engine import Value
    >>> from engine.graph import postorder
    >>> x, w = Value(3.0), Value(5.0); arrows = Arrows(postorder(x * w + x), x)
    >>> arrows.users, arrows.operands, arrows.places, arrows.partials
    ([2, 2, 1], [1, 0, 0], [0, 1, 0], [1.0, 1.0, 5.0])
    """

    __slots__ = ("order", "users", "operands", "places", "partials", "aside")

    def __init__(self, order: Iterable[Value], wrt: Value | None = None) -> None:
        self.order:    list[Value] = [] if wrt is None else [wrt]
        self.users:    list[int]   = []
        self.operands: list[int]   = []
        self.places:   list[int]   = []
        self.partials: list[float] = []
        self.aside:    list[Value] = []
        self.fill(order, wrt)

    def fill(self, order: Iterable[Value], wrt: Value | None) -> None:
        """Note the arrows, operands first, and then turn the columns round."""
        index = {v: i for i, v in enumerate(self.order)}
        for v in order:
            parents = v.parents
            if wrt is not None and (v is wrt or index.keys().isdisjoint(parents)):
                continue
            i, slopes = len(self.order), v.partials
            for place in range(len(parents) - 1, -1, -1):
                at = index.get(parents[place])
                if at is not None:
                    self.users.append(i)
                    self.operands.append(at)
                    self.places.append(place)
                    self.partials.append(slopes[place])
                elif parents[place].op is not None:
                    self.aside.append(parents[place])
            index[v] = i
            self.order.append(v)
        for column in (self.users, self.operands, self.places, self.partials):
            column.reverse()

    def row(self, i: int) -> range:
        """Where the arrows of one value stand in the columns."""
        return range(bisect_left(self.users, -i, key=neg), bisect_left(self.users, 1 - i, key=neg))

    def part(self, lower: int, upper: int) -> Arrows:
        """What is between two values that every path passes through."""
        part, rows = Arrows(()), slice(self.row(upper).start, self.row(lower).start)
        part.order = self.order[lower:upper + 1]
        part.users = [i - lower for i in self.users[rows]]
        part.operands = [i - lower for i in self.operands[rows]]
        part.places, part.partials = self.places[rows], self.partials[rows]
        return part

    def below(self, upper: int, most: int) -> Arrows | None:
        """What is between a value and the first; None if that takes more than so many arrows."""
        reached, stack = {upper: None}, [upper]
        while stack:
            row = self.row(stack.pop())
            most -= len(row)
            if most < 0:
                return None
            for x in self.operands[row.start:row.stop]:
                if x not in reached:
                    reached[x] = None
                    stack.append(x)
        return Arrows([self.order[i] for i in sorted(reached)], self.order[0])

    # Passes ---------------------------------------------------------------------------------------------------------

    def backward(self, restarts: Sequence[int] = ()) -> list[float]:
        """The derivatives of the last value by all; below each of `restarts` those of that value.

        A zero goes nowhere, so that it never meets a slope that does not exist.
        """
        gradients, fresh = [0.0] * len(self.order), bytearray(len(self.order))
        if gradients:
            gradients[-1] = 1.0
        for i in restarts:
            fresh[i] = True
        for i, x, slope in zip(self.users, self.operands, self.partials):
            if g := 1.0 if fresh[i] else gradients[i]:
                gradients[x] += g * slope
        return gradients

    def forward(self) -> list[float]:
        """The derivatives of all values by the first."""
        derivatives = [1.0] + [0.0] * (len(self.order) - 1)
        for i, x, slope in self.upward():
            if slope and derivatives[x]:
                derivatives[i] += slope * derivatives[x]
        return derivatives

    def sizes(self, gradients: Sequence[float]) -> list[float]:
        """The sums of the sizes of what adds up to each of the gradients."""
        sizes = [0.0] * len(gradients)
        for i, x, slope in zip(self.users, self.operands, self.partials):
            if gradients[i]:
                sizes[x] += abs(gradients[i] * slope)
        return sizes

    def upward(self) -> Iterator[tuple[int, int, float]]:
        """The user, the operand and the partial of each arrow, from the first value to the last."""
        return zip(reversed(self.users), reversed(self.operands), reversed(self.partials))

    def cuts(self) -> list[int]:
        """The places of the values that every path passes through, the upper end first.

        In a topological order no arrow leaps over such a value, and each value that no arrow leaps over is one.
        """
        if not self.order:
            return []
        places, lowest = [], len(self.order) - 1
        for i, x in zip(self.users, self.operands):
            if x < lowest:                           # the first arrow to below the lowest that was reached
                if i == lowest:                      # starts from there: none of those above it leaps over
                    places.append(lowest)
                lowest = x
        return [*places, lowest]
