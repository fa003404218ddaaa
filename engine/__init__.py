"""glassgrad: a scalar autograd engine you can see through."""
from engine.errors import FormulaError, GradientError, PictureError
from engine.op import Op
from engine.value import Value, where

exp, expm1, log, log1p, sqrt = Value.exp, Value.expm1, Value.log, Value.log1p, Value.sqrt
sin, cos, tan, tanh = Value.sin, Value.cos, Value.tan, Value.tanh
sigmoid, relu, softplus = Value.sigmoid, Value.relu, Value.softplus
maximum, minimum, fsum, logsumexp = Value.maximum, Value.minimum, Value.fsum, Value.logsumexp
dot, affine = Value.dot, Value.affine
