"""What every engine under test does; and glassgrad, operator by operator and with nodes of many operands."""
from __future__ import annotations

from benchmarks.workloads import Functions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from benchmarks.workloads import Loss


class Engine(Functions):
    """An engine at a point: as written here, of values with operators, `backward()` and `grad`.

    A step is `result = forward(work)`, `found = backward(result)`, and to drop both. `gradients(found)` is for checks.
    """

    title  = ""
    packages: tuple[str, ...] = ()                   # what is installed and imported; none: always here
    core   = ""                                      # of glassgrad's, the one that is asked for
    native = False                                   # its memory is not Python's
    slow   = False                                   # one turn must be enough
    parameters: list[Any]

    def at(self, point: Sequence[float]) -> None:
        """Make the parameters."""
        self.parameters = [self.value(x) for x in point]

    def value(self, x: float) -> Any:
        return self.number(x)

    def forward(self, work: Loss) -> Any:
        return work.loss(self.parameters, self)

    def backward(self, result: Any) -> Any:
        result.backward()

    def gradients(self, found: Any) -> list[float]:
        return [p.grad for p in self.parameters]

    def clear(self) -> None:
        """Make the parameters ready for the next step."""
        for p in self.parameters:
            p.grad = 0.0


class Glassgrad(Engine):
    title = "glassgrad"

    def __init__(self) -> None:
        from engine import Value
        self.number, self.relu, self.exp, self.log = Value, Value.relu, Value.exp, Value.log


class Python(Glassgrad):
    title, core = "glassgrad, Python core", "python"


class Nodes(Glassgrad):
    title = "glassgrad, one `affine` node per neuron, one `cross_entropy` node per row"

    def __init__(self) -> None:
        super().__init__()
        from engine import Value, affine, dot
        from nn import softmax
        self.neuron, self.dot, self.softmax, self.cross_entropy = affine, dot, softmax, Value.cross_entropy
