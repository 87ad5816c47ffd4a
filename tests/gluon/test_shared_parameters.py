"""Parameters that are found through dictionaries that are shared in turn, and first values of other dtypes."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn


class Tied(nn.Block):
    """A decoder that shares the embedding's weight, in a network that shares everything with another."""

    def __init__(self, depth, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.embedding = nn.Embedding(7, 5)
            shared = self.embedding.params
            for number in range(depth):
                layer = nn.Dense(7 if number == depth - 1 else 5, flatten=False, params=shared)
                setattr(self, f"layer{number}", layer)
                shared = layer.params

    def forward(self, x):
        return self.layer0(self.embedding(x))


@pytest.mark.parametrize("depth", [1, 2])
def test_what_is_shared_is_found_at_any_depth(depth):
    model = Tied(1, prefix="lm_")
    others = [model]
    for _ in range(depth):
        others.append(Tied(1, prefix="lm_", params=others[-1].collect_params()))
    model.initialize()
    x = nd.array([[1, 2]])
    expected = model(x).asnumpy()
    for other in others[1:]:
        assert other.layer0.bias is model.layer0.bias and other.layer0.weight is model.embedding.weight
        np.testing.assert_array_equal(other(x).asnumpy(), expected)


@pytest.mark.parametrize("kind", ["float16", "float64"])
@pytest.mark.parametrize("init", ["uniform", "normal", "xavier", "msraprelu", "orthogonal", "one"])
def test_first_values_of_any_dtype_under_numpy_semantics(kind, init):
    mx.npx.set_np()
    try:
        parameter = gluon.Parameter("w", shape=(3, 4), dtype=kind, init=init)
        parameter.initialize()
        values = parameter.data().asnumpy()
    finally:
        mx.npx.reset_np()
    assert values.dtype == kind and np.isfinite(values).all() and values.any()
