"""Hybridized and eager agree: every layer, loss and named model, both ways, in both modes and precisions."""

import inspect

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn
from remxnet.experiments.models import MODELS

LAYERS = {
    "Activation": (lambda: nn.Activation("tanh"), (2, 3)),
    "AvgPool1D": (lambda: nn.AvgPool1D(), (2, 3, 6)),
    "AvgPool2D": (lambda: nn.AvgPool2D(3, 2, 1, count_include_pad=False), (2, 3, 6, 7)),
    "AvgPool3D": (lambda: nn.AvgPool3D(), (1, 2, 4, 4, 4)),
    "BatchNorm": (lambda: nn.BatchNorm(), (4, 16, 3, 3)),
    "BatchNormReLU": (lambda: nn.BatchNormReLU(), (4, 16, 3, 3)),
    "Conv1D": (lambda: nn.Conv1D(4, 3, activation="relu"), (2, 3, 8)),
    "Conv1DTranspose": (lambda: nn.Conv1DTranspose(4, 3), (2, 3, 8)),
    "Conv2D": (lambda: nn.Conv2D(32, 3, 2, 1, 1, 2, activation="sigmoid"), (2, 16, 9, 8)),
    "Conv2DTranspose": (lambda: nn.Conv2DTranspose(4, 3, 2, 1, activation="relu"), (2, 3, 5, 5)),
    "Conv3D": (lambda: nn.Conv3D(2, 2), (1, 2, 4, 4, 4)),
    "Conv3DTranspose": (lambda: nn.Conv3DTranspose(2, 2), (1, 2, 3, 3, 3)),
    "Dense": (lambda: nn.Dense(5, activation="relu", flatten=False), (2, 3, 4)),
    "Dropout": (lambda: nn.Dropout(0.5), (4, 6)),
    "ELU": (lambda: nn.ELU(), (3, 4)),
    "Embedding": (lambda: nn.Embedding(5, 3), (2, 3)),
    "Flatten": (lambda: nn.Flatten(), (2, 3, 4)),
    "GELU": (lambda: nn.GELU(), (3, 4)),
    "GlobalAvgPool1D": (lambda: nn.GlobalAvgPool1D(), (2, 3, 5)),
    "GlobalAvgPool2D": (lambda: nn.GlobalAvgPool2D(), (2, 3, 4, 5)),
    "GlobalAvgPool3D": (lambda: nn.GlobalAvgPool3D(), (1, 2, 3, 3, 3)),
    "GlobalMaxPool1D": (lambda: nn.GlobalMaxPool1D(), (2, 3, 5)),
    "GlobalMaxPool2D": (lambda: nn.GlobalMaxPool2D(), (2, 3, 4, 5)),
    "GlobalMaxPool3D": (lambda: nn.GlobalMaxPool3D(), (1, 2, 3, 3, 3)),
    "GroupNorm": (lambda: nn.GroupNorm(2), (2, 4, 5)),
    "HybridLambda": (lambda: nn.HybridLambda("relu"), (3, 4)),
    "InstanceNorm": (lambda: nn.InstanceNorm(), (2, 3, 5)),
    "LayerNorm": (lambda: nn.LayerNorm(), (3, 5)),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.1), (3, 4)),
    "MaxPool1D": (lambda: nn.MaxPool1D(), (2, 3, 6)),
    "MaxPool2D": (lambda: nn.MaxPool2D(3, 2, 1, ceil_mode=True), (2, 3, 6, 7)),
    "MaxPool3D": (lambda: nn.MaxPool3D(), (1, 2, 4, 4, 4)),
    "PReLU": (lambda: nn.PReLU(), (3, 4)),
    "ReflectionPad2D": (lambda: nn.ReflectionPad2D(1), (1, 2, 4, 4)),
    "SELU": (lambda: nn.SELU(), (3, 4)),
    "Swish": (lambda: nn.Swish(), (3, 4)),
}
#: makes arrays of the batch's size while it runs, so it is no graph
NO_GRAPH = {"SDMLLoss"}
#: what holds other blocks, or is none of the hybrid ones
NOT_A_LAYER = {"Block", "HybridBlock", "HybridSequential", "Lambda", "Sequential", "SymbolBlock"}

LOSSES = {
    "CTCLoss": (lambda: gluon.loss.CTCLoss(), [(2, 6, 5), (2, 3)]),
    "CosineEmbeddingLoss": (lambda: gluon.loss.CosineEmbeddingLoss(), [(3, 4), (3, 4), (3,)]),
    "HingeLoss": (lambda: gluon.loss.HingeLoss(), [(3, 4)] * 2),
    "HuberLoss": (lambda: gluon.loss.HuberLoss(), [(3, 4)] * 2),
    "KLDivLoss": (lambda: gluon.loss.KLDivLoss(from_logits=False), [(3, 4)] * 2),
    "L1Loss": (lambda: gluon.loss.L1Loss(), [(3, 4)] * 2),
    "L2Loss": (lambda: gluon.loss.L2Loss(weight=0.5), [(3, 4)] * 2),
    "LogisticLoss": (lambda: gluon.loss.LogisticLoss(), [(3, 4)] * 2),
    "PoissonNLLLoss": (lambda: gluon.loss.PoissonNLLLoss(), [(3, 4)] * 2),
    "SigmoidBinaryCrossEntropyLoss": (lambda: gluon.loss.SigmoidBCELoss(), [(3, 4)] * 2),
    "SoftmaxCrossEntropyLoss": (lambda: gluon.loss.SoftmaxCELoss(), [(3, 4), (3,)]),
    "SquaredHingeLoss": (lambda: gluon.loss.SquaredHingeLoss(), [(3, 4)] * 2),
    "TripletLoss": (lambda: gluon.loss.TripletLoss(), [(3, 4)] * 3),
}


def test_no_layer_and_no_loss_is_forgotten():
    layers = {name for name in nn.__all__ if inspect.isclass(getattr(nn, name))} - NOT_A_LAYER
    assert layers == set(LAYERS)
    losses = {getattr(gluon.loss, name).__name__ for name in gluon.loss.__all__} - {"Loss"}
    assert losses - NO_GRAPH == set(LOSSES)


def numbers(shape, seed, dtype, whole=False):
    values = np.random.RandomState(seed).uniform(-1, 1, shape)
    return nd.array(np.abs(values * 4).astype(int) if whole else values, dtype=dtype)


def outcome(block, inputs, training):
    """Output, gradients of inputs and parameters, and states, from one recorded call."""
    mx.random.seed(3)
    for each in inputs:
        each.attach_grad()
    with autograd.record(train_mode=training):
        out = block(*inputs)
    out.backward(numbers(out.shape, 9, out.dtype))
    parameters = block.collect_params().values()
    learned = [each.grad() for each in parameters if each.grad_req != "null"]
    states = [each.data() for each in parameters if each.grad_req == "null"]
    return [each.asnumpy() for each in (out, *(each.grad for each in inputs), *learned, *states)]


def compare(block, inputs, training, dtype):
    block.initialize(mx.init.Xavier())
    block.cast(dtype)
    with autograd.pause():
        block(*inputs)
    before = [each.data().copy() for each in block.collect_params().values()]
    results = []
    for hybrid in (False, True):
        for parameter, values in zip(block.collect_params().values(), before):
            parameter.set_data(values)
        block.hybridize(hybrid)
        results.append(outcome(block, inputs, training))
    with autograd.predict_mode():
        predicted = block(*inputs).asnumpy()
        block.hybridize(False)
        results[0].append(block(*inputs).asnumpy())
    results[1].append(predicted)
    # relative to the largest element; deep batch norms lose three of float32's seven digits
    tolerance = 1e-3 if dtype == "float32" else 1e-10
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * max(np.abs(other).max(initial=0), 1e-6))


MODES = [
    pytest.param(training, dtype, id=f"{'training' if training else 'inference'}-{dtype}")
    for training in (True, False)
    for dtype in ("float32", "float64")
]


@pytest.mark.parametrize(("training", "dtype"), MODES)
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, training, dtype):
    make, shape = LAYERS[name]
    compare(make(), [numbers(shape, 1, dtype, whole=name == "Embedding")], training, dtype)


@pytest.mark.parametrize(("training", "dtype"), MODES)
@pytest.mark.parametrize("name", LOSSES)
def test_losses(name, training, dtype):
    make, shapes = LOSSES[name]
    whole = name in ("CTCLoss", "SoftmaxCrossEntropyLoss")
    inputs = [numbers(shape, place, dtype, whole and place == 1) for place, shape in enumerate(shapes)]
    if name == "KLDivLoss":
        inputs[1] = inputs[1].abs()  # probabilities
    compare(make(), inputs, training, dtype)


@pytest.mark.parametrize(("training", "dtype"), MODES)
@pytest.mark.parametrize("name", MODELS)
def test_named_models(name, training, dtype):
    compare(MODELS[name].build(10), [numbers((8, 1, 28, 28), 1, dtype)], training, dtype)
