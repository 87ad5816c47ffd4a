"""The same run: fifty training batches from one seed, and all losses on the way.

Each run is made twice, the second time with inputs that differ by 1e-7: how far MXNet itself moves then is recorded
with it, and is what a loss may be apart where it is more than 1e-5.
"""

import numpy as np

from fidelity.support import tolerance

BATCHES = 50


def _runs(mx, run):
    """The losses of a run, and of one whose inputs are disturbed."""
    losses = []
    for disturbance in (0, 1e-7):
        mx.random.seed(11)
        np.random.seed(11)
        losses.append(run(mx, np.float32(disturbance)))
    return losses


def _trained(mx, net, optimizer, settings, batches, loss_of, batch):
    """The mean loss of each batch."""
    trainer = mx.gluon.Trainer(net.collect_params(), optimizer, settings)
    losses = []
    for arrays in batches:
        with mx.autograd.record():
            loss = loss_of(net, *arrays)
        loss.backward()
        trainer.step(batch)
        losses.append(float(loss.mean().asscalar()))
    return losses


def _pictures(mx, disturbance, batch, side):
    """Bright squares in noise, and in which quarter they are."""
    random = np.random.RandomState(5)
    for _ in range(BATCHES):
        labels = random.randint(0, 4, batch)
        images = random.uniform(0, 0.5, (batch, 1, side, side)).astype("float32")
        for image, label in zip(images, labels):
            half = side // 2
            image[0, (label // 2) * half :, (label % 2) * half :][:half, :half] += 0.7
        yield mx.nd.array(images + disturbance), mx.nd.array(labels)


def _lenet(mx, disturbance):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(6, kernel_size=5, padding=2, activation="sigmoid"), nn.AvgPool2D(2, 2),
        nn.Conv2D(16, kernel_size=5, activation="sigmoid"), nn.AvgPool2D(2, 2),
        nn.Dense(120, activation="sigmoid"), nn.Dense(84, activation="sigmoid"), nn.Dense(4),
    )  # fmt: skip
    net.initialize(mx.init.Xavier())
    net.hybridize()
    criterion = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    batches = _pictures(mx, disturbance, 16, 28)
    settings = {"learning_rate": 0.9}
    return _trained(mx, net, "sgd", settings, batches, lambda net, x, y: criterion(net(x), y), 16)


@tolerance(1e-5, 1e-5)
def lenet(mx):
    return _runs(mx, _lenet)


def _mlp(mx, disturbance):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(
        nn.Dense(64, activation="relu"), nn.Dropout(0.3), nn.Dense(32, activation="relu"), nn.Dropout(0.2), nn.Dense(4)
    )
    net.initialize(mx.init.Xavier())
    net.hybridize()
    criterion = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    batches = _pictures(mx, disturbance, 16, 12)
    settings = {"learning_rate": 0.003, "wd": 0.001}
    return _trained(mx, net, "adam", settings, batches, lambda net, x, y: criterion(net(x), y), 16)


@tolerance(1e-5, 1e-5)
def mlp_with_dropout_and_adam(mx):
    return _runs(mx, _mlp)


def _language_model(mx, disturbance):
    words, batch, steps, units = 12, 4, 7, 16
    gluon = mx.gluon

    class Model(gluon.Block):
        def __init__(self):
            super(Model, self).__init__()
            with self.name_scope():
                self.embedding = gluon.nn.Embedding(words, units)
                self.dropout = gluon.nn.Dropout(0.2)
                self.lstm = gluon.rnn.LSTM(units, num_layers=2, input_size=units)
                self.decoder = gluon.nn.Dense(words, in_units=units)

        def forward(self, inputs, states):
            outputs, states = self.lstm(self.dropout(self.embedding(inputs)) + float(disturbance), states)
            return self.decoder(outputs.reshape((-1, units))), states

    net = Model()
    net.initialize(mx.init.Xavier())
    net.lstm.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0, "momentum": 0.5})
    criterion = gluon.loss.SoftmaxCrossEntropyLoss()
    text = (
        np.arange(BATCHES * steps * batch + batch) * 5 % words + np.arange(BATCHES * steps * batch + batch) // 3
    ) % words
    rows = text[: len(text) // batch * batch].reshape(batch, -1).T
    states = net.lstm.begin_state(batch_size=batch)
    losses = []
    for begin in range(0, BATCHES * steps, steps):
        inputs, targets = (mx.nd.array(rows[start : start + steps]) for start in (begin, begin + 1))
        inputs, targets = inputs[: len(targets)], targets
        states = [state.detach() for state in states]
        with mx.autograd.record():
            outputs, states = net(inputs, states)
            loss = criterion(outputs, targets.reshape((-1,)))
        loss.backward()
        gluon.utils.clip_global_norm([each.grad() for each in net.collect_params().values()], 5.0)
        trainer.step(batch * steps)
        losses.append(float(loss.mean().asscalar()))
    return losses


@tolerance(1e-5, 1e-5)
def lstm_language_model(mx):
    return _runs(mx, _language_model)


def _detector(mx, disturbance):
    nn, nd, classes = mx.gluon.nn, mx.nd, 2
    sizes, ratios = [(0.3, 0.45), (0.6, 0.8)], (1, 2, 0.5)
    anchors_each = len(sizes[0]) + len(ratios) - 1

    class Detector(mx.gluon.Block):
        def __init__(self):
            super(Detector, self).__init__()
            with self.name_scope():
                self.stages, self.kinds, self.places = nn.Sequential(), nn.Sequential(), nn.Sequential()
                for channels in (8, 16):
                    stage = nn.HybridSequential()
                    for _ in range(2):
                        stage.add(
                            nn.Conv2D(channels, 3, padding=1), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D(2)
                        )
                    stage.hybridize()
                    self.stages.add(stage)
                    self.kinds.add(nn.Conv2D(anchors_each * (classes + 1), 3, padding=1))
                    self.places.add(nn.Conv2D(anchors_each * 4, 3, padding=1))

        def forward(self, x):
            anchors, kinds, places = [], [], []
            for number in range(2):
                x = self.stages[number](x)
                anchors.append(nd.contrib.MultiBoxPrior(x, sizes=sizes[number], ratios=ratios))
                kinds.append(self.kinds[number](x).transpose((0, 2, 3, 1)).flatten())
                places.append(self.places[number](x).transpose((0, 2, 3, 1)).flatten())
            kinds = nd.concat(*kinds, dim=1).reshape((0, -1, classes + 1))
            return nd.concat(*anchors, dim=1), kinds, nd.concat(*places, dim=1)

    net = Detector()
    net.initialize(mx.init.Xavier())
    cross_entropy, distance = mx.gluon.loss.SoftmaxCrossEntropyLoss(), mx.gluon.loss.L1Loss()
    random, batch, side = np.random.RandomState(5), 4, 32

    def batches():
        for _ in range(BATCHES):
            images = random.uniform(0, 0.4, (batch, 3, side, side)).astype("float32")
            labels = np.zeros((batch, 1, 5), "float32")
            for image, label in zip(images, labels):
                kind, length = random.randint(0, classes), random.randint(8, 20)
                top, left = random.randint(0, side - length, 2)
                image[kind, top : top + length, left : left + length] += 0.6
                label[0] = [kind, left / side, top / side, (left + length) / side, (top + length) / side]
            yield mx.nd.array(images + disturbance), mx.nd.array(labels)

    def loss_of(net, images, labels):
        anchors, kinds, places = net(images)
        targets, mask, wanted = nd.contrib.MultiBoxTarget(
            anchors, labels, kinds.transpose((0, 2, 1)), negative_mining_ratio=3.0, negative_mining_thresh=0.5
        )
        return cross_entropy(kinds, wanted, (wanted >= 0).expand_dims(2)) + distance(places * mask, targets * mask)

    settings = {"learning_rate": 0.1, "wd": 5e-4}
    return _trained(mx, net, "sgd", settings, batches(), loss_of, batch)


@tolerance(1e-5, 6e-5, "MXNet's own losses move by 5e-5 when its input is disturbed by 1e-7")
def small_ssd(mx):
    return _runs(mx, _detector)
