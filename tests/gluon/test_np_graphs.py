"""Every layer, cell and loss called with mx.np arrays is a graph, which computes what the block computes eagerly."""

import numpy as onp
import pytest

import mxnet as mx
from mxnet import autograd, gluon, np
from mxnet.gluon import loss, nn, rnn


@pytest.fixture(autouse=True)
def np_semantics():
    mx.util.set_np()
    yield
    mx.util.reset_np()


def numbers(*shape):
    return onp.random.RandomState(0).rand(*shape).astype("float32") + 0.1


def sequential():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D(), nn.Dense(3))
    return net


def branches():
    net = gluon.contrib.nn.HybridConcurrent(axis=1)
    net.add(nn.Conv2D(4, 1), nn.Conv2D(2, 1))
    return net


class Unrolled(gluon.HybridBlock):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def hybrid_forward(self, F, x):
        return self.cell.unroll(3, x, layout="NTC", merge_outputs=True)[0]


IMAGES = numbers(2, 3, 8, 8)
P, Q = numbers(2, 3), numbers(2, 3)[::-1].copy()
CLASSES = onp.array([0, 2], "float32")
BLOCKS = {
    "Dense": (lambda: nn.Dense(3, activation="relu"), [IMAGES]),
    "Dense of the last axis": (lambda: nn.Dense(3, flatten=False), [IMAGES]),
    "Conv2D": (lambda: nn.Conv2D(4, 3, activation="relu"), [IMAGES]),
    "Conv2DTranspose": (lambda: nn.Conv2DTranspose(4, 3), [IMAGES]),
    "Conv1D": (lambda: nn.Conv1D(4, 3), [numbers(2, 3, 8)]),
    "MaxPool2D": (nn.MaxPool2D, [IMAGES]),
    "AvgPool2D": (nn.AvgPool2D, [IMAGES]),
    "GlobalAvgPool2D": (nn.GlobalAvgPool2D, [IMAGES]),
    "BatchNorm": (nn.BatchNorm, [IMAGES]),
    "LayerNorm": (nn.LayerNorm, [IMAGES]),
    "InstanceNorm": (nn.InstanceNorm, [IMAGES]),
    "GroupNorm": (lambda: nn.GroupNorm(3), [IMAGES]),
    "Dropout": (lambda: nn.Dropout(0.5), [IMAGES]),
    "Flatten": (nn.Flatten, [IMAGES]),
    "PReLU": (nn.PReLU, [IMAGES]),
    "GELU": (nn.GELU, [IMAGES]),
    "Swish": (nn.Swish, [IMAGES]),
    "SELU": (nn.SELU, [IMAGES]),
    "HybridLambda": (lambda: nn.HybridLambda(lambda F, x: F.np.exp(x)), [IMAGES]),
    "HybridSequential": (sequential, [IMAGES]),
    "HybridConcurrent": (branches, [IMAGES]),
    "Embedding": (lambda: nn.Embedding(5, 3), [onp.array([[1, 2], [3, 4]], "float32")]),
    "LSTM": (lambda: rnn.LSTM(4, 2, bidirectional=True), [numbers(5, 2, 3)]),
    "GRU": (lambda: rnn.GRU(4, layout="NTC"), [numbers(5, 2, 3)]),
    "LSTMCell": (lambda: rnn.LSTMCell(4), [P, [numbers(2, 4), numbers(2, 4)]]),
    "GRUCell": (lambda: rnn.GRUCell(4), [P, [numbers(2, 4)]]),
    "LSTMCell, unrolled": (lambda: Unrolled(rnn.LSTMCell(4)), [numbers(2, 3, 3)]),
    "GRUCell, unrolled": (lambda: Unrolled(rnn.GRUCell(4)), [numbers(2, 3, 3)]),
    "ZoneoutCell, unrolled": (lambda: Unrolled(rnn.ZoneoutCell(rnn.LSTMCell(4))), [numbers(2, 3, 3)]),
    "ResidualCell, unrolled": (lambda: Unrolled(rnn.ResidualCell(rnn.RNNCell(3))), [numbers(2, 3, 3)]),
    "L2Loss": (loss.L2Loss, [P, Q]),
    "L2Loss with weights": (loss.L2Loss, [P, Q, numbers(2, 1)]),
    "L1Loss": (loss.L1Loss, [P, Q]),
    "SigmoidBCELoss": (loss.SigmoidBCELoss, [P, Q]),
    "SoftmaxCELoss": (loss.SoftmaxCELoss, [P, CLASSES]),
    "SoftmaxCELoss of probabilities": (lambda: loss.SoftmaxCELoss(sparse_label=False), [P, Q]),
    "KLDivLoss": (lambda: loss.KLDivLoss(from_logits=False), [P, Q]),
    "CTCLoss": (loss.CTCLoss, [numbers(2, 5, 4), onp.array([[1, 2], [2, 1]], "float32")]),
    "HuberLoss": (loss.HuberLoss, [P, Q]),
    "HingeLoss": (loss.HingeLoss, [P, Q]),
    "LogisticLoss": (loss.LogisticLoss, [P, Q]),
    "TripletLoss": (loss.TripletLoss, [P, Q, P + Q]),
    "PoissonNLLLoss": (loss.PoissonNLLLoss, [P, Q]),
    "CosineEmbeddingLoss": (loss.CosineEmbeddingLoss, [P, Q, onp.array([1, -1], "float32")]),
}


def made(values):
    return [np.array(each) for each in values] if isinstance(values, list) else np.array(values)


def flat(values):
    return [leaf for each in values for leaf in flat(each)] if isinstance(values, (list, tuple)) else [values]


def outcome(net, inputs):
    """Return the outputs, and the gradients of inputs and parameters."""
    for each in flat(inputs):
        each.attach_grad()
    with autograd.record(train_mode=False):
        outputs = flat([net(*inputs)])
        total = sum((each * each).sum() for each in outputs)
    total.backward()
    learned = [each.grad() for each in net.collect_params().values() if each.grad_req != "null"]
    return [*outputs, *(each.grad for each in flat(inputs)), *learned]


@pytest.mark.parametrize("name", BLOCKS)
def test_the_graph_computes_what_the_block_computes(name):
    make, values = BLOCKS[name]
    net, inputs = make(), [made(each) for each in values]
    net.initialize()
    eager = outcome(net, inputs)
    net.hybridize()
    hybrid = outcome(net, inputs)
    assert all(type(each) is np.ndarray for each in eager + hybrid)
    for one, other in zip(eager, hybrid, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        onp.testing.assert_allclose(one.asnumpy(), other.asnumpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["CosineEmbeddingLoss", "SDMLLoss"])
def test_a_loss_of_mx_np_arrays_is_that_of_nd_arrays(name):
    values = [P, Q, onp.array([1, -1], "float32")][: 3 if name == "CosineEmbeddingLoss" else 2]
    got = getattr(loss, name)()(*map(np.array, values))
    mx.util.reset_np()
    expected = getattr(loss, name)()(*map(mx.nd.array, values))
    onp.testing.assert_allclose(got.asnumpy(), expected.asnumpy(), rtol=1e-6)


def test_one_network_called_with_both_kinds_has_a_graph_for_each():
    net = nn.Dense(2)
    net.initialize(mx.init.One())
    net.hybridize()
    mx.util.reset_np()
    first = net(mx.nd.ones((1, 3)))
    assert type(first) is mx.nd.NDArray
    mx.util.set_np()
    assert type(net(np.ones((1, 3)))) is np.ndarray
    mx.util.reset_np()
    assert type(net(mx.nd.ones((1, 3)))) is mx.nd.NDArray


def test_plans_are_told_for_mx_np_arrays():
    net = nn.Dense(2, activation="relu")
    net.initialize()
    net.hybridize()
    assert "FullyConnected+relu" in str(net.plan(np.ones((1, 3))))


def test_an_array_of_the_other_kind_can_be_returned():
    class Both(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return (x + 1).as_nd_ndarray(), x + 2

    mx.util.reset_np()
    net = Both()
    net.hybridize()
    kinds = [type(each) for each in net(np.ones((2,)))]
    assert kinds == [mx.nd.NDArray, np.ndarray]
