"""A family of one's own for `remxnet compare conv-pool examples/residual.py:residual --budget 20000`."""

from remxnet.experiments.families import FREE, WIDTH, BatchNorm, Conv, Dense, Family, GlobalPool, Pool, Residual

residual = Family(
    "residual",
    "a small residual network",
    (
        Conv(WIDTH),
        Pool(2),
        Residual((Conv(WIDTH), BatchNorm(), Conv(WIDTH, activation=None))),
        Conv(2 * WIDTH, stride=2),
        GlobalPool(),
        Dense(2 * FREE),
    ),
)
