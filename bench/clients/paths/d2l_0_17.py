"""The book's helpers, edition of 2021: functions, where the next has classes."""

from __future__ import annotations

from typing import Any

from d2l import mxnet as d2l

from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn

npx.set_np()


def linear() -> Any:
    features, labels = d2l.synthetic_data(np.array([2, -3.4]), 4.2, 200)
    batches = d2l.load_array((features, labels), 10)
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize(init.Normal(sigma=0.01))
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.03})
    for x, y in batches:
        with autograd.record():
            loss = gluon.loss.L2Loss()(net(x), y)
        loss.backward()
        trainer.step(10)
    return d2l.evaluate_loss(net, batches, gluon.loss.L2Loss())


def lenet() -> Any:
    net = nn.Sequential()
    net.add(nn.Conv2D(6, 5, padding=2, activation="sigmoid"), nn.AvgPool2D(2, 2), nn.Dense(10))
    x, y = np.random.uniform(size=(160, 1, 28, 28)), np.arange(160) % 10
    batches = d2l.load_array((x, y), 32)
    d2l.train_ch6(net, batches, batches, 1, 0.1, d2l.try_gpu())


def recurrent() -> Any:
    from mxnet.gluon import rnn

    tokens = d2l.tokenize(["the time traveller for so it will be convenient"] * 60, "char")
    vocab = d2l.Vocab(tokens)
    corpus = [vocab[token] for line in tokens for token in line]
    layer = rnn.RNN(16)
    layer.initialize()
    net = d2l.RNNModel(layer, len(vocab))
    net.initialize(ctx=d2l.try_gpu())
    batches = list(d2l.seq_data_iter_sequential(corpus, 8, 10))
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1})
    criterion = gluon.loss.SoftmaxCrossEntropyLoss()
    found = d2l.train_epoch_ch8(
        net, batches, criterion, lambda batch_size: trainer.step(batch_size), d2l.try_gpu(), False
    )
    return found[0], d2l.predict_ch8("time", 5, net, vocab, d2l.try_gpu())


def attention() -> Any:
    layer = d2l.MultiHeadAttention(100, 5, 0.5)
    layer.initialize()
    x, y = np.ones((2, 4, 100)), np.ones((2, 6, 100))
    return layer(x, y, y, np.array([3, 2])).shape


def boxes() -> Any:
    anchors = d2l.multibox_prior(np.zeros((1, 3, 10, 12)), [0.75, 0.5], [1, 2])
    labels = np.array([[[0, 0.1, 0.1, 0.5, 0.5], [1, 0.5, 0.5, 0.9, 0.9]]])
    return anchors.shape, [each.shape for each in d2l.multibox_target(anchors, labels)]


def bert() -> Any:
    net = d2l.BERTModel(100, 16, 32, 2, 2, 0.1)
    net.initialize()
    found = net(np.random.randint(0, 100, (2, 8)), np.ones((2, 8)), None, np.array([[1, 2], [3, 4]]))
    return [each.shape for each in found]


PATHS = [linear, lenet, recurrent, attention, boxes, bert]
