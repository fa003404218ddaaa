"""A user's mistakes: type checkers find one in each line that says so, and none elsewhere. It is not run."""
from engine import Replay, Value, draw, exp, fsum, maximum
from nn import MLP, EarlyStopping, cross_entropy, fit, hinge

x = Value(2.0)
model = MLP(2, [1])

Value("3")                                           # mistake
Value(None)                                          # mistake
Value(1.0, 2)                                        # mistake
x * "a"                                              # mistake
"a" * x                                              # mistake
x + None                                             # mistake
x ** [1]                                             # mistake
x < "a"                                              # mistake
float(x)                                             # mistake
x.epx()                                              # mistake
x.data = "3"                                         # mistake
exp("3")                                             # mistake
fsum(["a"])                                          # mistake
maximum(x, "a")                                      # mistake
draw(x, detail="valuez")                             # mistake
draw(x, theme="drak")                                # mistake
draw(x, direction="UP")                              # mistake
draw(x, blank="data")                                # mistake
MLP(2, [1], activation="tanhh")                      # mistake
MLP("2", [1])                                        # mistake
model(["a"])                                         # mistake
cross_entropy(["a"], 0)                              # mistake
hinge(x, "a")                                        # mistake
Replay(x, inputs=[x], backend="cuda")                # mistake
Replay(x, inputs=[1.0])                              # mistake
fit(model, hinge, [[0.0, 1.0]], [1], resume="modle")  # mistake
fit(model, hinge, [[0.0, 1.0]], [1], reduction="avg")  # mistake
EarlyStopping(mode="most")                           # mistake
fit(model, hinge, [[0.0, 1.0]], [1])["epoch"]        # mistake
fit(model, hinge, [[0.0, 1.0]], [1])["epochs"]["loss"].upper()  # mistake
