"""nn: modules, losses and optimisers for the values of engine.

Start with layers, which make a network (a transformer's are embeddings, norms, attention, blocks), and losses, which
say how wrong it is, by targets of some form. What moves its parameters is in optimisers, by formulas, with their
settings, for groups of parameters; remembering keeps what they know, schedules and plateaus set their rate, clipping
bounds gradients, checking tests one's own. training does all of it, by `fit`, and has `accuracy`. checkpoints writes
and reads a model, in files; module says what has parameters, prediction what a model says of many rows; inputs checks
what comes from outside, examples reads rows with their targets, frames among them. Import the public names from nn, and
what a loss of one's own takes from nn.losses and nn.targets. nn imports engine, never the other way round.

>>> model = MLP(2, [3, 1], seed=1)
>>> optimiser = SGD(model.parameters(), lr=0.1)
>>> loss = mean_squared_error([model([0.5, 1.0])], [1.0])
>>> loss.backward()
>>> optimiser.step()
"""
from __future__ import annotations

from nn.attention import SelfAttention
from nn.blocks import Block, FeedForward, Residual
from nn.checking import check_optimiser
from nn.checkpoints import load, save
from nn.clipping import clip_grad_norm_, clip_grad_value_
from nn.embeddings import Embedding
from nn.training.evaluation import accuracy
from nn.layers import MLP, Layer, Neuron
from nn.losses import binary_cross_entropy, cross_entropy, hinge, log_softmax, mean_squared_error, softmax
from nn.module import Module
from nn.norms import LayerNorm, RMSNorm
from nn.optimisers import SGD, Adam, AdamW, Optimiser
from nn.plateaus import ReduceLROnPlateau
from nn.schedules import CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, SequentialLR, StepLR
from nn.training import fit
from nn.training.control import EarlyStopping


def _predict(model: Module, rows: object) -> object:
    """What Module.predict does."""
    from nn.prediction import predict                # here, so that importing nn stays fast
    return predict(model, rows)


Module._predict = _predict

__all__ = [
    "Module", "Neuron", "Layer", "MLP",
    "Embedding", "LayerNorm", "RMSNorm", "SelfAttention", "FeedForward", "Residual", "Block",
    "softmax", "log_softmax", "cross_entropy", "binary_cross_entropy", "hinge", "mean_squared_error",
    "SGD", "Adam", "AdamW", "Optimiser", "check_optimiser", "clip_grad_norm_", "clip_grad_value_",
    "LambdaLR", "StepLR", "ExponentialLR", "LinearLR", "CosineAnnealingLR", "SequentialLR", "ReduceLROnPlateau",
    "fit", "EarlyStopping", "accuracy", "save", "load",
]
