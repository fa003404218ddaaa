"""nn/optimisers.py: the steps of SGD, Adam and AdamW are those that were published, and those of PyTorch."""
from math import isclose, sqrt

import pytest
from hypothesis import assume, example, given, strategies as st

from nn import SGD, Adam, AdamW
from tests.engine.replay.agreement import every_backend
from tests.nn.descents import gradients, numbers, run

sgds      = st.fixed_dictionaries(
    {"lr": st.floats(0.0, 1.0)},
    optional={"weight_decay": st.floats(0.0, 0.5), "maximize": st.booleans()},
).flatmap(lambda some: st.sampled_from([
    {}, {"momentum": 0.9}, {"momentum": 0.5, "dampening": 0.25}, {"momentum": 0.9, "nesterov": True},
    {"dampening": 0.25},                             # of no momentum
]).map(lambda more: {**some, **more}))
adams     = st.fixed_dictionaries({}, optional={
    "lr": st.floats(0.0, 1.0), "betas": st.tuples(st.floats(0.0, 0.99), st.floats(0.0, 0.9999)),
    "eps": st.floats(1e-10, 1e-2), "weight_decay": st.floats(0.0, 0.5), "amsgrad": st.booleans(),
    "maximize": st.booleans()})


def sgd(x, gs, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False):
    """PyTorch's page on SGD, line by line."""
    path, buffers = [], []
    for g in gs:
        if maximize:
            g = -g
        if weight_decay != 0.0:
            g = g + weight_decay * x
        if momentum != 0.0:
            buffers.append(momentum * buffers[-1] + (1.0 - dampening) * g if buffers else g)
            g = g + momentum * buffers[-1] if nesterov else buffers[-1]
        x = x - lr * g
        path.append(x)
    return path


def adam(x, gs, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=False):
    """Adam as published, each mean written out as a sum over all gradients; AMSGrad as PyTorch corrects it."""
    path, seen, largest = [], [], 0.0
    for t, g in enumerate(gs, start=1):
        seen.append((-g if maximize else g) + weight_decay * x)
        m = (1.0 - betas[0]) * sum(betas[0] ** (t - i) * g for i, g in enumerate(seen, start=1))
        v = (1.0 - betas[1]) * sum(betas[1] ** (t - i) * g * g for i, g in enumerate(seen, start=1))
        largest = max(largest, v)
        m_hat, v_hat = m / (1.0 - betas[0] ** t), (largest if amsgrad else v) / (1.0 - betas[1] ** t)
        x = x - lr * m_hat / (sqrt(v_hat) + eps)
        path.append(x)
    return path


def adamw(x, gs, lr=1e-3, weight_decay=1e-2, **arguments):
    """AdamW as published: Adam's steps, each taken from a parameter that has shrunk."""
    path = []
    for t in range(1, len(gs) + 1):
        moves = [0.0, *adam(0.0, gs[:t], lr, **arguments)]
        x = x * (1.0 - lr * weight_decay) + moves[-1] - moves[-2]
        path.append(x)
    return path


def cancelling(path, start, gs, scale, maximize=False, weight_decay=0.0, **_):
    """Whether a gradient and the weight decay cancel somewhere: what is left is rounding, but Adam steps by it."""
    seen = [(-g if maximize else g) + weight_decay * x for g, x in zip(gs, [start, *path])]
    return any(0.0 < abs(g) < 1e-3 * scale for g in seen)


def equal(path, expected, scale):
    return all(isclose(x, y, rel_tol=1e-12, abs_tol=1e-12 * scale) for x, y in zip(path, expected, strict=True))


@every_backend
@given(start=numbers, gs=gradients, arguments=sgds)
@example(start=1.0, gs=[1.0, 1.0], arguments={"lr": 1.0, "dampening": 0.25})
def test_sgd_takes_the_published_steps(backend, start, gs, arguments):
    scale = max(1.0, abs(start), *map(abs, gs))
    assert equal(run(SGD, start, gs, backend, **arguments), sgd(start, gs, **arguments), scale)


@every_backend
@given(start=numbers, gs=gradients, arguments=adams)
@example(start=1.0, gs=[0.0, 0.0], arguments={})     # no gradient, no move
def test_adam_takes_the_published_steps(backend, start, gs, arguments):
    scale, path = max(1.0, abs(start), *map(abs, gs)), adam(start, gs, **arguments)
    assume(not arguments.get("weight_decay") or not cancelling(path, start, gs, scale, **arguments))
    assert equal(run(Adam, start, gs, backend, **arguments), path, scale)


@every_backend
@given(start=numbers, gs=gradients, arguments=adams)
def test_adamw_takes_the_published_steps(backend, start, gs, arguments):
    scale = max(1.0, abs(start), *map(abs, gs))
    assert equal(run(AdamW, start, gs, backend, **arguments), adamw(start, gs, **arguments), scale)


@given(numbers, gradients, adams.map(lambda arguments: {**arguments, "weight_decay": 0.0}))
def test_without_weight_decay_adamw_is_adam(start, gs, arguments):
    assert run(AdamW, start, gs, **arguments) == run(Adam, start, gs, **arguments)


# made by torch 2.13.0 in float64, for a parameter that starts at -2 and these gradients
GRADIENTS = [0.3, -1.2, 0.05, 2.0, -0.4]
TORCH = [
    (SGD,  {"lr": 0.1},
     [-2.03, -1.9099999999999997, -1.9149999999999996, -2.1149999999999998, -2.0749999999999997]),
    (SGD,  {"lr": 0.1, "momentum": 0.9},
     [-2.03, -1.9369999999999998, -1.8582999999999998, -1.9874699999999998, -2.063723]),
    (SGD,  {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.01},
     [-2.028, -1.992186, -1.961457307, -2.0328207546465, -2.076031447151027]),
    (SGD,  {"lr": 0.1, "momentum": 0.8, "nesterov": True},
     [-2.054, -1.8571999999999997, -1.8047599999999997, -2.1188079999999996, -2.1380463999999995]),
    (SGD,  {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "maximize": True},
     [-1.95, -2.0055, -2.030395, -1.83249655, -1.6760629795]),
    (Adam, {},
     [-2.0009999999666666, -2.0004404964790243, -2.000034167036884, -2.000353391906505, -2.0005278627956358]),
    (Adam, {"lr": 0.1, "betas": (0.8, 0.99), "eps": 1e-06},
     [-2.099999666667778, -2.03915719808155, -1.997973466980788, -2.038845334691533, -2.0594410683713544]),
    (Adam, {"lr": 0.1, "weight_decay": 0.01, "amsgrad": True},
     [-2.0999999964285716, -2.0424371058922937, -1.9994713313653008, -2.0297801026131004, -2.045356736829587]),
    (Adam, {"lr": 0.1, "weight_decay": 0.5, "maximize": True},
     [-1.9000000007692308, -1.8482606339248582, -1.7781731856084153, -1.6992836884955396, -1.625888722196517]),
    (AdamW, {},
     [-2.000979999966667, -2.000400486679025, -1.999974153232018, -2.0002733783601068, -2.000427846515454]),
    (AdamW, {"lr": 0.1, "weight_decay": 0.5},
     [-1.9999999966666666, -1.8440496480690987, -1.7112142214516324, -1.6575759973411508, -1.5921442863871618]),
    (AdamW, {"lr": 0.1, "betas": (0.8, 0.99), "eps": 1e-06, "amsgrad": True},
     [-2.0979996666677776, -2.0350591984148823, -1.9920130216263987, -2.030892876315517, -2.049457717119023]),
    (AdamW, {"lr": 0.1, "weight_decay": 0.0, "maximize": True},
     [-1.9000000033333333, -1.9559503520975678, -1.996583296311579, -1.9646608093494788, -1.9472137204364102]),
]


@every_backend
@pytest.mark.parametrize("optimiser, arguments, expected", TORCH)
def test_steps_are_those_of_pytorch(optimiser, arguments, expected, backend):
    assert run(optimiser, -2.0, GRADIENTS, backend, **arguments) == pytest.approx(expected, rel=4e-16, abs=0.0)


@given(numbers, gradients, sgds.map(lambda arguments: (SGD, arguments))
       | st.tuples(st.sampled_from([Adam, AdamW]), adams))
def test_steps_are_those_of_pytorch_where_it_is_installed(start, gs, case):
    torch = pytest.importorskip("torch")
    optimiser, arguments = case
    p = torch.tensor([start], dtype=torch.float64, requires_grad=True)
    steps, path = getattr(torch.optim, optimiser.__name__)([p], **arguments), []
    for g in gs:
        p.grad = torch.tensor([g], dtype=torch.float64)
        steps.step()
        path.append(p.item())
    assert equal(run(optimiser, start, gs, **arguments), path, max(1.0, abs(start), *map(abs, gs)))


def test_the_default_learning_rate_is_that_of_pytorch():
    assert run(SGD, -2.0, [0.3]) == [-2.0003]
