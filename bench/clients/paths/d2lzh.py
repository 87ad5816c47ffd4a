"""The Chinese book's helpers: training by hand and by Gluon, recurrent networks, pictures with boxes."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from mxnet import gluon, init, nd
from mxnet.gluon import nn, rnn

d2l: Any = importlib.import_module("gluonbook" if sys.argv[1:] == ["gluonbook"] else "d2lzh")
LETTERS = [chr(97 + number) for number in range(7)]
CORPUS = [number % 7 for number in range(2000)]


def lenet() -> Any:
    net = nn.Sequential()
    net.add(nn.Conv2D(6, 5, activation="sigmoid"), nn.MaxPool2D(2, 2), nn.Dense(10))
    ctx = d2l.try_gpu()
    net.initialize(ctx=ctx, init=init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    images, labels = nd.random.uniform(shape=(64, 1, 28, 28)), nd.arange(64) % 10
    batches = gluon.data.DataLoader(gluon.data.ArrayDataset(images, labels), 32)
    train = getattr(d2l, "train_ch5", None) or d2l.train_ch6
    train(net, batches, batches, 32, trainer, ctx, 1)


def recurrent_layer() -> Any:
    layer = rnn.LSTM(16)
    layer.initialize()
    numbers = {letter: number for number, letter in enumerate(LETTERS)}
    d2l.train_and_predict_rnn_gluon(
        d2l.RNNModel(layer, 7), 16, 7, d2l.try_gpu(), CORPUS, LETTERS, numbers, 2, 10, 1e2, 1e-2, 32, 1, 5, ["abc"]
    )


def recurrent_by_hand() -> Any:
    ctx = d2l.try_gpu()

    def parameters() -> Any:
        shapes = [(7, 8), (8, 8), (8,), (8, 7), (7,)]
        made = [nd.random.normal(scale=0.01, shape=shape, ctx=ctx) for shape in shapes]
        for each in made:
            each.attach_grad()
        return made

    def states(batch: int, units: int, ctx: Any) -> Any:
        return (nd.zeros((batch, units), ctx=ctx),)

    def network(inputs: Any, state: Any, params: Any) -> Any:
        w, u, b, v, c = params
        (h,) = state
        outputs = []
        for x in inputs:
            h = nd.tanh(nd.dot(x, w) + nd.dot(h, u) + b)
            outputs.append(nd.dot(h, v) + c)
        return outputs, (h,)

    numbers = {letter: number for number, letter in enumerate(LETTERS)}
    d2l.train_and_predict_rnn(
        network, parameters, states, 8, 7, ctx, CORPUS, LETTERS, numbers, True, 2, 10, 1e2, 1e-2, 32, 1, 5, ["abc"]
    )


def fashion_mnist() -> Any:
    return [each.shape for each in next(iter(d2l.load_data_fashion_mnist(16)[1]))]


def optimizers() -> Any:
    features, labels = nd.random.normal(shape=(200, 5)), nd.random.normal(shape=(200,))
    train = getattr(d2l, "train_gluon_ch7", None) or d2l.optimize_gluon
    train(
        "sgd", {"learning_rate": 0.05}, features, labels, num_epochs=1
    ) if train.__name__ == "train_gluon_ch7" else None


def boxes() -> Any:
    d2l.show_bboxes(d2l.plt.figure().add_subplot(), nd.array([[0.1, 0.1, 20, 20]]), ["x"])


PATHS = [lenet, recurrent_layer, recurrent_by_hand, fashion_mnist, optimizers, boxes]
