"""Short trainings for the tests of fit: rows, choices, optimisers, and Ctrl-C in the midst."""
import signal

from hypothesis import HealthCheck, settings, strategies as st

from nn import MLP, SGD, Adam, AdamW, LambdaLR, LinearLR, StepLR, accuracy, cross_entropy, fit

ROWS    = [[0.1 * i, 1.0 - 0.05 * i * i] for i in range(7)]
TARGETS = [0, 1, 2, 0, 1, 2, 1]
setups  = st.fixed_dictionaries({
    "batch_size": st.none() | st.integers(1, 9), "shuffle": st.booleans(), "seed": st.integers(0, 100),
    "reduction": st.sampled_from(["mean", "sum"]), "measures": st.sampled_from([None, {"accuracy": accuracy}]),
    "validation": st.sampled_from([None, (ROWS[:3], TARGETS[:3])])})
few     = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
makers  = {
    "SGD":   lambda ps: {"optimiser": SGD(ps, lr=0.1, momentum=0.9)},
    "Adam":  lambda ps: {"optimiser": Adam(ps, lr=0.05, amsgrad=True)},
    "AdamW": lambda ps: {"schedule": StepLR(AdamW(ps, lr=0.05), 1, 0.5)},
    "line":  lambda ps: {"schedule": LinearLR(SGD(ps, lr=0.05), total_iters=3)},
    "own":   lambda ps: {"schedule": LambdaLR(SGD(ps, lr=0.05), lambda epoch: 1 / (1 + epoch))},
}


def run(model=None, maker="SGD", rows=ROWS, targets=TARGETS, **arguments):
    """A model that has been trained, and the history."""
    model = model or MLP(2, [3, 3], activation="tanh", seed=5)
    return model, fit(model, cross_entropy, rows, targets, **makers[maker](model.parameters()), **arguments)


def numbers(model):
    return [p.data for p in model.parameters()]


class Interrupted(MLP):
    """A model in whose call Ctrl-C is pressed, once."""

    at = None

    def __call__(self, x):
        if self.at is not None:
            self.at -= 1
            if self.at < 0:
                self.at = None
                signal.raise_signal(signal.SIGINT)
        return super().__call__(x)


def interrupted(at, **arguments):
    model = Interrupted(2, [3, 3], activation="tanh", seed=5)
    model.at = at
    return run(model, **arguments)
