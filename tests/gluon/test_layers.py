"""Every layer through files, copies, both modes and a training step."""

import copy

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn

LAYERS = {
    # the bias keeps units alive: of six outputs below zero nothing is learned, by MXNet's rules too
    "dense": (lambda: nn.Dense(3, activation="relu", bias_initializer=mx.init.Constant(4)), (2, 4)),
    "conv1d": (lambda: nn.Conv1D(3, 2), (2, 2, 5)),
    "conv2d": (lambda: nn.Conv2D(4, 3, groups=2, padding=1), (2, 2, 5, 5)),
    "conv3d": (lambda: nn.Conv3D(2, 2), (1, 2, 3, 3, 3)),
    "conv2d_transpose": (lambda: nn.Conv2DTranspose(3, 3, strides=2), (1, 2, 3, 3)),
    "batch_norm": (lambda: nn.BatchNorm(), (4, 3, 2, 2)),
    "batch_norm_relu": (lambda: nn.BatchNormReLU(), (4, 3)),
    "sync_batch_norm": (lambda: gluon.contrib.nn.SyncBatchNorm(), (4, 3)),
    "layer_norm": (lambda: nn.LayerNorm(), (3, 4)),
    "instance_norm": (lambda: nn.InstanceNorm(), (2, 3, 4)),
    "group_norm": (lambda: nn.GroupNorm(2), (2, 4, 3)),
    "prelu": (lambda: nn.PReLU(), (2, 3)),
    "elu": (lambda: nn.ELU(), (2, 3)),
    "selu": (lambda: nn.SELU(), (2, 3)),
    "gelu": (lambda: nn.GELU(), (2, 3)),
    "swish": (lambda: nn.Swish(), (2, 3)),
    "leaky_relu": (lambda: nn.LeakyReLU(0.1), (2, 3)),
    "dropout": (lambda: nn.Dropout(0.5), (2, 3)),
    "flatten": (lambda: nn.Flatten(), (2, 3, 4)),
    "max_pool": (lambda: nn.MaxPool2D(), (1, 2, 4, 4)),
    "avg_pool": (lambda: nn.AvgPool2D(), (1, 2, 4, 4)),
    "global_avg_pool": (lambda: nn.GlobalAvgPool2D(), (1, 2, 4, 4)),
    "reflection_pad": (lambda: nn.ReflectionPad2D(1), (1, 2, 4, 4)),
    "pixel_shuffle": (lambda: gluon.contrib.nn.PixelShuffle2D(2), (1, 4, 2, 2)),
    "branches": (lambda: make_branches(), (2, 3)),
}


def make_branches():
    branches = gluon.contrib.nn.HybridConcurrent(axis=1)
    branches.add(nn.Dense(2), gluon.contrib.nn.Identity())
    return branches


@pytest.fixture(params=LAYERS)
def layer_and_input(request):
    make, shape = LAYERS[request.param]
    layer = make()
    layer.initialize(mx.init.Normal(1))
    signs = nd.array([(-1) ** place for place in range(np.prod(shape))]).reshape(shape)  # slopes learn from both
    return make, layer, nd.random.uniform(0.1, 1, shape=shape) * signs


def test_modes_agree(layer_and_input):
    _, layer, x = layer_and_input
    eager = layer(x).asnumpy()
    layer.hybridize()
    np.testing.assert_array_equal(layer(x).asnumpy(), eager)
    layer.hybridize(False)
    np.testing.assert_array_equal(layer(x).asnumpy(), eager)


def test_file_and_copy_give_the_same_layer(layer_and_input, tmp_path):
    make, layer, x = layer_and_input
    out = layer(x).asnumpy()
    np.testing.assert_array_equal(copy.deepcopy(layer)(x).asnumpy(), out)
    path = str(tmp_path / "layer.params")
    layer.save_parameters(path)
    other = make()
    other.load_parameters(path)
    np.testing.assert_array_equal(other(x).asnumpy(), out)


def test_a_step_changes_what_is_learned_and_nothing_else(layer_and_input):
    _, layer, x = layer_and_input
    layer(x)
    parameters = list(layer.collect_params().values())
    if not parameters:
        return
    before = [p.data().asnumpy() for p in parameters]
    trainer = gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 0.5})
    with mx.autograd.record():
        out = layer(x)
        loss = (out * nd.random.uniform(0.5, 2, shape=out.shape)).sum()
    loss.backward()
    trainer.step(1)
    for parameter, old in zip(parameters, before):
        changed = (parameter.data().asnumpy() != old).any()
        learned = parameter.grad_req != "null" or parameter.name.endswith(("running_mean", "running_var"))
        assert changed == learned, parameter.name


def test_numpy_arrays_give_numpy_arrays(layer_and_input):
    _, layer, x = layer_and_input
    expected = layer(x).asnumpy()
    out = layer(x.as_np_ndarray())
    assert type(out) is mx.np.ndarray
    np.testing.assert_array_equal(out.asnumpy(), expected)


@pytest.mark.parametrize("hybridized", [False, True])
def test_statistics_over_several_devices_infer_and_cannot_be_trained(hybridized):
    layer = gluon.contrib.nn.SyncBatchNorm(num_devices=2)
    layer.initialize()
    layer.hybridize(hybridized)
    x = nd.array([[1, 2, 3], [4, 5, 7]])
    np.testing.assert_allclose(layer(x).asnumpy(), x.asnumpy(), rtol=1e-4)
    with mx.autograd.record(), pytest.raises(mx.MXNetError, match=r"ndev=2 in training.*num_devices=1.*the same"):
        layer(x).wait_to_read()
    layer = gluon.contrib.nn.SyncBatchNorm(num_devices=2, use_global_stats=True)
    layer.initialize()
    layer.hybridize(hybridized)
    with mx.autograd.record():
        np.testing.assert_allclose(layer(x).asnumpy(), x.asnumpy(), rtol=1e-4)


def test_a_graph_made_for_several_devices_infers():
    names = ["data", "gamma", "beta", "moving_mean", "moving_var"]
    step = mx.sym.contrib.SyncBatchNorm(*map(mx.sym.var, names), key="layer", ndev=4, fix_gamma=False, eps=0)
    arrays = dict(zip(names, ([[1, 2], [3, 5]], [1, 2], [0, 1], [1, 1], [4, 0.25])))
    arrays = {name: nd.array(values) for name, values in arrays.items()}
    states = {name: arrays.pop(name) for name in names[3:]}
    executor = step.bind(mx.cpu(), arrays, aux_states=states, grad_req="null")
    assert executor.forward()[0].asnumpy().tolist() == [[0, 5], [1, 17]]
    with pytest.raises(mx.MXNetError, match="ndev=4 in training"):
        executor.forward(is_train=True)[0].wait_to_read()
