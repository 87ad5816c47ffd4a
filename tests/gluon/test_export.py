"""Blocks as files without a call or hybridize() before."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn


class TwoInputs(gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.scale = self.params.get("scale", shape=(3,), init="ones")
        with self.name_scope():
            self.dense = nn.Dense(2, in_units=3)

    def hybrid_forward(self, F, x, y, scale, mask=None):
        return self.dense(F.broadcast_mul(x, scale) + y)


def imported(path, *names):
    return gluon.SymbolBlock.imports(f"{path}-symbol.json", list(names), f"{path}-0000.params")


@pytest.mark.parametrize("hybridized", [False, True])
@pytest.mark.parametrize(
    ("make", "shapes"),
    [
        (lambda: nn.Dense(2, in_units=3), [(4, 3)]), (TwoInputs, [(4, 3), (4, 3)]),
        (lambda: nn.Conv2D(2, 3, in_channels=1), [(1, 1, 5, 5)]), (lambda: nn.Flatten(), [(2, 3, 4)]),
    ],
)  # fmt: skip
def test_a_block_whose_shapes_are_known_is_exported_before_any_call(make, shapes, hybridized, tmp_path):
    net = make()
    net.initialize(mx.init.Uniform(1))
    net.hybridize(hybridized)
    net.export(str(tmp_path / "net"))
    inputs = [nd.random.uniform(shape=shape) for shape in shapes]
    names = ["data"] if len(shapes) == 1 else [f"data{number}" for number in range(len(shapes))]
    again = imported(tmp_path / "net", *names)
    np.testing.assert_allclose(again(*inputs).asnumpy(), net(*inputs).asnumpy(), rtol=1e-5, atol=1e-6)


def test_a_block_without_shapes_says_what_is_missing(tmp_path):
    net = nn.Dense(2, prefix="d_")
    net.initialize()
    with pytest.raises(RuntimeError, match="d: export: the shape of d_weight is not known; call the block once before"):
        net.export(str(tmp_path / "net"))
    assert not list(tmp_path.iterdir())
    net(nd.ones((1, 3)))
    net.export(str(tmp_path / "net"))


def test_an_export_sees_what_was_added_since(tmp_path):
    net = nn.HybridSequential()
    net.add(nn.Dense(2, in_units=3))
    net.initialize()
    net.export(str(tmp_path / "one"))
    net.add(nn.Dense(4, in_units=2))
    net[1].initialize()
    net.export(str(tmp_path / "two"))
    assert imported(tmp_path / "two", "data")(nd.ones((1, 3))).shape == (1, 4)


def test_a_symbol_block_is_exported_with_all_its_parameters(tmp_path):
    net = nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(nn.Conv2D(3, 3, in_channels=1), nn.BatchNorm(in_channels=3))
    net.initialize(mx.init.Uniform(1))
    net.export(str(tmp_path / "net"))
    block = imported(tmp_path / "net", "data")
    block.export(str(tmp_path / "again"))
    for end in ("symbol.json", "0000.params"):
        assert (tmp_path / f"net-{end}").read_bytes() == (tmp_path / f"again-{end}").read_bytes()
    block.cast("float16")
    assert np.dtype(block(nd.ones((1, 1, 6, 6), dtype="float16")).dtype) == "float16"
    saved = {name: array.dtype for name, array in nd.load(_exported(block, tmp_path)).items()}
    assert [name for name, kind in saved.items() if kind is np.float16] == ["arg:n_conv0_weight", "arg:n_conv0_bias"]


def _exported(block, folder):
    block.export(str(folder / "half"))
    return str(folder / "half-0000.params")


def test_a_deferred_symbol_block_says_what_is_missing(tmp_path):
    x = mx.sym.var("data")
    block = gluon.SymbolBlock(mx.sym.FullyConnected(x, num_hidden=2, name="f"), x)
    block.initialize()
    with pytest.raises(RuntimeError, match="export: the shape of f_weight is not known"):
        block.export(str(tmp_path / "net"))
