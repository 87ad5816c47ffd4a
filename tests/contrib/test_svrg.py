"""Training by gradients of reduced variance on several contexts is what it is on one."""

import numpy as np

import mxnet as mx
from mxnet.contrib.svrg_optimization.svrg_module import SVRGModule

X = np.random.RandomState(0).rand(12, 2).astype("float32")
Y = X.dot(np.array([1, 2], dtype="float32"))


def weights(context):
    line = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=1, name="line")
    net = mx.sym.LinearRegressionOutput(line, mx.sym.var("label"))
    module = SVRGModule(net, label_names=["label"], update_freq=2, context=context)
    module.fit(
        mx.io.NDArrayIter(X, Y, batch_size=4, label_name="label"), num_epoch=3, eval_metric="mse",
        initializer=mx.init.One(), optimizer_params={"learning_rate": 0.1},
    )  # fmt: skip
    return {name: each.asnumpy() for name, each in module.get_params()[0].items()}


def test_two_contexts_give_the_weights_of_one():
    one, two = weights(mx.cpu()), weights([mx.cpu(0), mx.cpu(1)])
    assert all(np.allclose(one[name], two[name], rtol=1e-5) for name in one)
