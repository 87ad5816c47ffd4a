"""One epoch of LeNet on Fashion-MNIST as the notebook trains it, data loading included (four workers asked for)."""

import os
import time

UNIT = "one epoch"


def measure(samples):
    from mxnet import autograd, gluon, init
    from mxnet.gluon import nn
    from mxnet.gluon.data import vision

    images = vision.FashionMNIST(root=os.environ["BENCH_FASHION_MNIST"], train=True)
    batches = gluon.data.DataLoader(
        images.transform_first(vision.transforms.ToTensor()), 256, shuffle=True, num_workers=4
    )
    net = nn.Sequential()
    net.add(
        nn.Conv2D(channels=6, kernel_size=5, padding=2, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(channels=16, kernel_size=5, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(84, activation="sigmoid"),
        nn.Dense(10),
    )
    net.initialize(init=init.Xavier())
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.9})
    times = []
    for _ in range(samples):
        loss_sum = hits = 0.0
        start = time.perf_counter()
        for X, y in batches:
            with autograd.record():
                y_hat = net(X)
                losses = loss(y_hat, y)
            losses.backward()
            trainer.step(X.shape[0])
            loss_sum += losses.sum().asscalar()
            hits += (y_hat.argmax(axis=1) == y.astype("float32")).sum().asscalar()
        times.append(time.perf_counter() - start)
    return times
