import pytest

from benchmarks.engines import Glassgrad
from benchmarks.peers import ENGINES
from benchmarks.tables import training
from benchmarks.transformer import HEADS, HIDDEN, LETTERS, W3, WIDTH, Training, Transformer
from benchmarks.worker import check, train
from benchmarks.workloads import Complex
from tests.benchmarks.test_peers import made
from tests.benchmarks.test_tables import cells


def operations(n):
    """Of n guesses: sums and products of the matrices, three norms, what the heads read, the loss."""
    products = sum(rows * (2 * width - 1) for rows, width in
                   (*[(WIDTH, WIDTH)] * 4, (HIDDEN, WIDTH), (WIDTH, HIDDEN), (LETTERS, WIDTH)))
    norms, sums, loss = 3 * (4 * WIDTH // 2 + WIDTH + 2), 3 * WIDTH + HIDDEN, 2 * LETTERS + 2
    size, read = WIDTH // HEADS, 0
    for past in range(1, n + 1):
        scores, shares = past * 2 * size, 3 * past - 1
        read += HEADS * (scores + shares + size * (2 * past - 1))
    return n * (products + norms + sums + loss) + read + n


def test_the_operators_are_counted():
    assert len(W3.parameters) == 4192
    assert W3.operations() == operations(9)
    assert Transformer("ab").operations() == operations(3)


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "floats"])
def test_gradients_are_those_of_complex_steps(name):
    assert check(made(name), Transformer("ab")) < 1e-12


def test_what_was_not_read_yet_changes_no_guess():
    """The first two guesses for `ab` and `ac` are the same; their losses differ where the second letter is scored."""
    one, other = Transformer("ab"), Transformer("ac")
    assert (one.text[:2], one.parameters) == (other.text[:2], other.parameters)
    found = []
    for work in (one, other):
        class Losses(Complex):
            losses = []

            def cross_entropy(self, logits, target):
                self.losses.append(super().cross_entropy(logits, target))
                return self.losses[-1]
        work.loss(work.parameters, Losses())
        found.append(Losses.losses)
    assert found[0][0] == found[1][0] and found[0][1] != found[1][1]


def test_training_lowers_the_loss_alike_for_every_engine():
    losses = []
    for engine in (ENGINES["glassgrad"](), ENGINES["nodes"](), ENGINES["microgpt"]()):
        trained = Training(engine, Transformer("ab"))
        for _ in range(8):
            assert min(trained.step()) > 0.0
        losses.append(engine.forward(trained.work).data)
    assert losses[0] < 2.0 < Complex().cross_entropy([0.0] * LETTERS, 0).real
    assert losses == [pytest.approx(losses[0])] * 3


def test_the_table_of_training_has_ratios():
    turn = train(Glassgrad(), Transformer("a"), False, 2, 60.0)
    assert len(turn) == 4 and min(turn) > 0.0
    line = cells(training({"glassgrad": [turn], "microgpt": [[2 * t for t in turn]]}).splitlines()[3])
    assert (line[0], line[-1]) == ("after microgpt's Value", "2.00")
