"""``mx.contrib.svrg_optimization``: weights and log lines of training by gradients of reduced variance."""

import importlib
import logging

import numpy as np

from fidelity.tensor_support import outcomes

X = np.random.RandomState(0).rand(12, 2).astype("float32")
Y = X.dot(np.array([1, 2], dtype="float32"))


def _batches(mx, size=4):
    return mx.io.NDArrayIter(X, Y, batch_size=size, label_name="label")


def _module(mx, update_freq=2, **keywords):
    line = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=1, name="line")
    net = mx.sym.LinearRegressionOutput(line, mx.sym.var("label"), name="out")
    kind = importlib.import_module("mxnet.contrib.svrg_optimization.svrg_module").SVRGModule
    return kind(net, data_names=["data"], label_names=["label"], update_freq=update_freq, **keywords)


def _weights(module):
    return sorted((name, each.asnumpy()) for name, each in module.get_params()[0].items())


def trained(mx):
    found = []
    for update_freq, optimizer, params, size in (
        (2, "sgd", {"learning_rate": 0.1}, 4),
        (1, "adam", {"learning_rate": 0.1}, 4),
        (3, "sgd", {"learning_rate": 0.05, "momentum": 0.9, "wd": 0.01}, 5),
    ):
        logged = []
        logger = logging.Logger("svrg")
        handler = logging.Handler()
        handler.emit = lambda record, logged=logged: logged.append(record.getMessage())
        logger.addHandler(handler)
        module = _module(mx, update_freq, logger=logger)
        module.fit(
            _batches(mx, size), eval_data=_batches(mx), num_epoch=5, eval_metric="mse", initializer=mx.init.One(),
            optimizer=optimizer, optimizer_params=params,
        )  # fmt: skip
        found.append([_weights(module), [line.rsplit("=", 1)[0] for line in logged]])
    return found


def step_by_step(mx):
    module = _module(mx)
    batches = _batches(mx)
    module.bind(batches.provide_data, batches.provide_label)
    module.init_params(mx.init.One())
    module.init_optimizer(optimizer_params={"learning_rate": 0.1})
    module.update_full_grads(batches)
    full = sorted((k, v.asnumpy()) for k, v in module._param_dict[0].items())
    batches.reset()
    found = []
    for batch in batches:
        module.forward_backward(batch)
        module.update()
        found.append(_weights(module))
    return [full, found]


def the_optimizers(mx):
    kinds = importlib.import_module("mxnet.contrib.svrg_optimization.svrg_optimizer")
    made = kinds._SVRGOptimizer(default_optimizer="sgd", learning_rate=0.25, param_idx2name={0: "a", 1: "a_full"})
    weight = mx.nd.ones(2)
    found = []
    for index, number in ((0, 1), (1, 7), (0, 2)):
        made.update(index, weight, mx.nd.ones(2) * number, made.create_state(index, weight))
        found.append(weight.asnumpy())
    return [found, made.default_opt.lr, type(made.aux_opt).__name__]


def bad_calls(mx):
    return outcomes(
        *[lambda each=each: _module(mx, each) for each in (None, 0, -1, 1.5, "x")],
        lambda: _module(mx).fit(_batches(mx)),
    )
