"""Training timed beside PyTorch and scikit-learn, where these are installed: as many steps of Adam on all rows."""
from math import isclose
from time import process_time
from warnings import catch_warnings, simplefilter

import nn
from nn.training.evaluation import gradients


def beside_others(model, loss, rows, targets, lr, epochs=100, rounds=3):
    """Lines that say how long some epochs take, here and there, and to which loss; the shortest of some rounds each.

    Times are of the process, with what comes before the first step; each has its turn in each round. PyTorch takes
    float64 and the model's own first numbers, and finds the same first derivatives, or it is an AssertionError;
    scikit-learn draws numbers of its own, and has log-loss alone. The model's numbers come back.
    """
    start   = [p.data for p in model.parameters()]
    widths  = [len(layer.neurons) for layer in model.layers]
    engines = {"glassgrad": lambda: here(model, loss, rows, targets, lr, epochs)}
    missing = []
    for name, package, make in (("PyTorch", "torch", in_torch), ("scikit-learn", "scikit-learn", in_sklearn)):
        try:
            engines[name] = make(model, loss, rows, targets, lr, epochs, widths)
        except ImportError:
            missing.append(f"{name} is not installed: pip install {package}, and it is timed beside this.")
    found = {name: [] for name in engines}
    for _ in range(rounds):
        for name, train in engines.items():
            for p, number in zip(model.parameters(), start):
                p.data = number
            begin = process_time()
            last  = train()
            found[name].append((1000 * (process_time() - begin), last))
    for p, number in zip(model.parameters(), start):
        p.data = number
    least = min(found["glassgrad"])[0]
    return [f"    {name:<14}{ms:8.2f} ms, {1000 * ms / epochs:6.0f} µs an epoch, to a loss of {last:.4f}"
            f"{'' if name == 'glassgrad' else f'; {ms / least:.1f} times as long'}"
            for name, (ms, last) in ((name, min(pairs)) for name, pairs in found.items())] + missing


def here(model, loss, rows, targets, lr, epochs):
    """The last loss of training here."""
    history = nn.fit(model, loss, rows, targets, optimiser=nn.Adam(model.parameters(), lr=lr), epochs=epochs,
                     progress=False)
    return history["steps"]["loss"][-1]


def in_torch(model, loss, rows, targets, lr, epochs, widths):
    """What trains in PyTorch and gives the last loss; its first derivatives are compared."""
    import torch
    torch.set_num_threads(1)
    xs = torch.tensor(rows, dtype=torch.float64)
    ts = torch.tensor(targets, dtype=torch.int64 if loss is nn.cross_entropy else torch.float64)

    def made():
        layers, numbers = [], iter([p.data for p in model.parameters()])
        for nin, nout in zip([len(rows[0]), *widths], widths):
            layer = torch.nn.Linear(nin, nout, dtype=torch.float64)
            with torch.no_grad():
                for neuron in range(nout):
                    layer.weight[neuron] = torch.tensor([next(numbers) for _ in range(nin)], dtype=torch.float64)
                    layer.bias[neuron] = next(numbers)
            layers += [layer, torch.nn.ReLU()]
        return torch.nn.Sequential(*layers[:-1])

    def of(network):
        if loss is nn.cross_entropy:
            return torch.nn.functional.cross_entropy(network(xs), ts)
        if loss is nn.binary_cross_entropy:
            return torch.nn.functional.binary_cross_entropy_with_logits(network(xs)[:, 0], ts)
        return torch.clamp(1 - ts * network(xs)[:, 0], min=0).mean()

    def train():
        network   = made()
        optimiser = torch.optim.Adam(network.parameters(), lr=lr)
        for _ in range(epochs):
            optimiser.zero_grad()
            value = of(network)
            value.backward()
            optimiser.step()
        return value.item()

    network = made()
    of(network).backward()
    gradients(model, loss, rows, targets)
    theirs = [n for layer in network[::2] for ws, b in zip(layer.weight.grad.tolist(), layer.bias.grad.tolist())
              for n in [*ws, b]]
    assert all(isclose(p.grad, n, rel_tol=1e-9, abs_tol=1e-12) for p, n in zip(model.parameters(), theirs, strict=True))
    return train


def in_sklearn(model, loss, rows, targets, lr, epochs, widths):
    """What trains in scikit-learn and gives the last loss."""
    from sklearn.neural_network import MLPClassifier

    def train():
        network = MLPClassifier(widths[:-1], learning_rate_init=lr, max_iter=epochs, batch_size=len(rows), alpha=0.0,
                                tol=0.0, n_iter_no_change=epochs, random_state=3)    # from 1, units of 2-2-3 are dead
        with catch_warnings():
            simplefilter("ignore")                   # it says that it has not converged
            network.fit(rows, targets)
        return network.loss_
    return train
