"""nn/__init__.py: what nn offers, and at what price."""
import subprocess
import sys

import nn

OFFERED = ["Module", "Neuron", "Layer", "MLP",
           "Embedding", "LayerNorm", "RMSNorm", "SelfAttention", "FeedForward", "Residual", "Block",
           "softmax", "log_softmax", "cross_entropy", "binary_cross_entropy", "hinge", "mean_squared_error",
           "SGD", "Adam", "AdamW", "Optimiser", "check_optimiser", "clip_grad_norm_", "clip_grad_value_",
           "LambdaLR", "StepLR", "ExponentialLR", "LinearLR", "CosineAnnealingLR", "SequentialLR", "ReduceLROnPlateau",
           "fit", "EarlyStopping", "accuracy", "save", "load"]


def test_what_nn_offers():
    assert nn.__all__ == OFFERED
    assert all(getattr(nn, name).__doc__ for name in OFFERED)


def test_importing_nn_loads_nothing_dear():
    program = "import sys; before = {*sys.modules}; import nn; print(*{*sys.modules} - before)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "nn.layers" in loaded
    assert not {"numpy", "hypothesis", "graphviz", "random", "typing", "json", "hashlib", "tqdm"} & {*loaded}
