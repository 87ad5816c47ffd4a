"""Mixed precision in a process of its own: it changes functions for good."""

import subprocess
import sys

import numpy as np
import pytest

import mxnet as mx
from mxnet.contrib import amp

pytestmark = pytest.mark.usefixtures("warm")

PROGRAM = """
import mxnet as mx, numpy as np
from mxnet import autograd, gluon, nd
from mxnet.contrib import amp
amp.init("bfloat16")
amp.init("bfloat16")
bf16 = mx.base.bfloat16
x = nd.ones((2, 4))
h = nd.FullyConnected(x, nd.ones((3, 4)), nd.ones(3), num_hidden=3)
assert h.dtype == bf16 and nd.softmax(h).dtype == np.float32 and nd.relu(h).dtype == bf16
assert (h + nd.ones((2, 3))).dtype == np.float32
assert nd.Activation(h, act_type="softrelu").dtype == np.float32 and nd.Activation(h, act_type="relu").dtype == bf16
graph = mx.sym.exp(mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=3))
assert graph.tojson(remove_amp_cast=False).count('"op": "amp_cast"') == 4
net = gluon.nn.HybridSequential()
net.add(gluon.nn.Dense(8, activation="relu"), gluon.nn.Dense(2))
net.initialize(mx.init.Xavier())
net.hybridize()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
amp.init_trainer(trainer)
trainer._amp_loss_scaler._loss_scale = trainer._amp_loss_scaler._next_loss_scale = 64.0
loss = gluon.loss.SoftmaxCrossEntropyLoss()
data, label = nd.array(np.random.RandomState(0).randn(16, 4)), nd.array(np.arange(16) % 2)
losses = []
for step in range(40):
    with autograd.record():
        value = loss(net(data), label)
        with amp.scale_loss(value, trainer) as scaled:
            autograd.backward(scaled)
    if step == 3:
        before = net[1].weight.data().asnumpy()
        net[1].weight.grad()[:] = np.inf
        trainer.step(16)
        assert (net[1].weight.data().asnumpy() == before).all() and trainer._amp_loss_scaler._next_loss_scale == 32.0
        continue
    if step == 5:
        gradient = net[1].weight.grad().asnumpy()
        scale = trainer._amp_loss_scaler.loss_scale
        amp.unscale(trainer)
        assert np.allclose(net[1].weight.grad().asnumpy(), gradient / scale) and trainer._scale == 1
    trainer.step(16)
    losses.append(value.mean().asscalar())
assert net[1].weight.data().dtype == np.float32 and losses[-1] < 0.5 * losses[0], losses
print("fine")
"""


def test_a_network_trains_in_bfloat16_and_leaves_out_steps_that_overflow():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stdout == "fine\n", done.stderr


def test_a_converted_block_computes_nearly_the_same():
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Conv2D(4, 3), mx.gluon.nn.BatchNorm(), mx.gluon.nn.Dense(3))
    net.initialize(mx.init.Xavier())
    net.hybridize()
    x = mx.nd.random.uniform(shape=(2, 1, 8, 8))
    expected = net(x).asnumpy()
    for keywords in ({}, {"cast_optional_params": True}):
        made = amp.convert_hybrid_block(net, "bfloat16", ctx=mx.cpu(), **keywords)
        assert np.allclose(made(x).asnumpy(), expected, atol=0.02)
        assert made(x).dtype == np.float32


def test_a_module_of_buckets_is_converted():
    def generate(key):
        net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="dense")
        return mx.sym.SoftmaxOutput(net, name="softmax"), ("data",), ("softmax_label",)

    module = mx.mod.BucketingModule(generate, default_bucket_key=4)
    made = amp.amp.convert_bucketing_module(module, "bfloat16")
    made.bind([("data", (2, 4))], [("softmax_label", (2,))])
    made.init_params()
    batch = mx.io.DataBatch(
        [mx.nd.ones((2, 4))], [mx.nd.zeros(2)], bucket_key=4, provide_data=[("data", (2, 4))],
        provide_label=[("softmax_label", (2,))],
    )  # fmt: skip
    made.forward(batch, is_train=False)
    assert made.get_outputs()[0].shape == (2, 3)
    assert "amp_cast" in made.symbol.tojson(remove_amp_cast=False)


def test_trainers_are_told_apart_from_what_is_none(monkeypatch):
    with pytest.raises(AssertionError, match="call amp.init"):
        amp.init_trainer(mx.optimizer.SGD())
    monkeypatch.setattr(amp.amp, "_amp_initialized", True)
    with pytest.raises(TypeError, match="expected a gluon.Trainer"):
        amp.init_trainer(mx.optimizer.SGD())
    with pytest.raises(TypeError, match="expected a gluon.Trainer"):
        amp.unscale(3)
