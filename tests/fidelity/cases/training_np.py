"""Initializers and optimizers on mx.np arrays."""

import numpy as np

from fidelity.support import data, tolerance

DRAWN = {
    "uniform": ("Uniform", {}),
    "normal": ("Normal", {"sigma": 2.0}),
    "orthogonal": ("Orthogonal", {}),
    "xavier": ("Xavier", {}),
    "xavier_gaussian": ("Xavier", {"rnd_type": "gaussian", "factor_type": "in", "magnitude": 2.5}),
    "prelu": ("MSRAPrelu", {}),
    "one": ("One", {}),
    "constant": ("Constant", {"value": 3.0}),
}


def _drawn(name, arguments):
    @tolerance(rtol=2e-5, atol=2e-6)
    def case(mx):
        mx.npx.set_np()
        made = []
        for shape in ((3, 4), (2, 3, 3), (40, 30)):
            mx.random.seed(3)
            array = mx.np.zeros(shape)
            getattr(mx.init, name)(**arguments)(mx.init.InitDesc("weight"), array)
            # the sign of a singular vector is that of the LAPACK in NumPy, under MXNet too
            made.append(np.abs(array.asnumpy()) if name == "Orthogonal" else array)
        return made

    return case


for _label, _what in DRAWN.items():
    globals()[_label] = _drawn(*_what)


def optimizers(mx):
    mx.npx.set_np()
    made = {}
    for name in ("sgd", "nag", "adam", "adagrad", "rmsprop", "adadelta"):
        weight = mx.np.array(data((3, 2)))
        updater = mx.optimizer.get_updater(mx.optimizer.create(name))
        for step in range(2):
            updater(0, mx.np.array(data((3, 2), seed=step + 1)), weight)
        made[name] = weight
    return made
