"""Networks of the kinds that saved models are: a detector, a language model, a cascade of face detectors, a classifier.

Each is written here, gets parameters drawn from a seed, and is saved as MXNet's programs save it: a graph and a file of
parameters, with statistics of batch norms that are not those of a network that was never trained.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

Shapes = dict[str, tuple[int, ...]]


def ssd(folder: Path) -> tuple[str, Shapes]:
    """A single-shot detector of three scales, with boxes, classes and their suppression in the graph."""
    import mxnet as mx

    def layer(x: Any, name: str, filters: int, stride: int = 1) -> Any:
        x = mx.sym.Convolution(
            x, kernel=(3, 3), pad=(1, 1), stride=(stride, stride), num_filter=filters, no_bias=True, name=f"{name}_conv"
        )
        x = mx.sym.BatchNorm(x, fix_gamma=False, eps=1e-5, name=f"{name}_bn")
        return mx.sym.Activation(x, act_type="relu", name=f"{name}_relu")

    x = mx.sym.var("data")
    for place, filters in enumerate((8, 16, 32)):
        x = layer(layer(x, f"base{place}_0", filters), f"base{place}_1", filters)
        x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name=f"pool{place}")
    classes, steps, boxes = [], [], []
    for place, size in enumerate((0.2, 0.4, 0.7)):
        for kept, filters, name in ((classes, 4 * 4, "cls"), (steps, 4 * 4, "loc")):
            found = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=filters, name=f"{name}_pred{place}")
            found = mx.sym.transpose(found, axes=(0, 2, 3, 1), name=f"{name}_transpose{place}")
            kept.append(mx.sym.Flatten(found, name=f"{name}_flatten{place}"))
        boxes.append(
            mx.sym.contrib.MultiBoxPrior(
                x, sizes=(size, size * 1.2), ratios=(1, 2, 0.5), clip=False, name=f"anchors{place}"
            )
        )
        if place < 2:
            x = layer(x, f"extra{place}", 32, stride=2)
    scores = mx.sym.Reshape(mx.sym.Concat(*classes, dim=1, name="cls_preds"), shape=(0, -1, 4))
    scores = mx.sym.softmax(mx.sym.transpose(scores, axes=(0, 2, 1)), axis=1, name="cls_prob")
    found = mx.sym.contrib.MultiBoxDetection(
        scores, mx.sym.Concat(*steps, dim=1, name="loc_preds"), mx.sym.Concat(*boxes, dim=1, name="anchors"),
        threshold=0.2, nms_threshold=0.45, nms_topk=100, name="detection",
    )  # fmt: skip
    return _saved(folder / "ssd", found, {"data": (1, 3, 64, 64)})


def language_model(folder: Path) -> tuple[str, Shapes]:
    """Words in, scores of the next words out, through an LSTM of two layers whose states come and go."""
    import mxnet as mx
    from mxnet import gluon

    class LanguageModel(gluon.HybridBlock):
        """Embedding, LSTM, and a dense layer."""

        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            with self.name_scope():
                self.encoder = gluon.nn.Embedding(60, 16)
                self.rnn = gluon.rnn.LSTM(24, num_layers=2, dropout=0.2, input_size=16)
                self.drop = gluon.nn.Dropout(0.2)
                self.decoder = gluon.nn.Dense(60, in_units=24, flatten=False)

        def hybrid_forward(self, F: Any, words: Any, hidden: Any, cell: Any) -> tuple[Any, ...]:
            """Words (time, batch) and states (layers, batch, units) to scores and the states after."""
            x, (hidden, cell) = self.rnn(self.drop(self.encoder(words)), [hidden, cell])
            return self.decoder(self.drop(x)), hidden, cell

    net = LanguageModel(prefix="lm_")
    net.initialize(mx.init.Uniform(0.3))
    net.hybridize()
    net(mx.nd.zeros((5, 2)), mx.nd.zeros((2, 2, 24)), mx.nd.zeros((2, 2, 24)))
    net.export(str(folder / "language_model"))
    inputs = {"data0": (5, 2), "data1": (2, 2, 24), "data2": (2, 2, 24)}
    return str(folder / "language_model"), inputs


def _prelu(x: Any, name: str) -> Any:
    import mxnet as mx

    return mx.sym.LeakyReLU(x, act_type="prelu", name=name)


def pnet(folder: Path) -> tuple[str, Shapes]:
    """The first network of the face detector MTCNN: fully convolutional, for pictures of any size."""
    import mxnet as mx

    x = mx.sym.var("data")
    for place, filters in enumerate((10, 16, 32), 1):
        x = mx.sym.Convolution(x, kernel=(3, 3), num_filter=filters, name=f"conv{place}")
        x = _prelu(x, f"prelu{place}")
        if place == 1:
            x = mx.sym.Pooling(
                x, kernel=(2, 2), stride=(2, 2), pool_type="max", pooling_convention="full", name="pool1"
            )
    faces = mx.sym.Convolution(x, kernel=(1, 1), num_filter=2, name="conv4_1")
    boxes = mx.sym.Convolution(x, kernel=(1, 1), num_filter=4, name="conv4_2")
    heads = [boxes, mx.sym.SoftmaxActivation(faces, mode="channel", name="prob1")]
    return _saved(folder / "det1", mx.sym.Group(heads), {"data": (1, 3, 37, 29)})


def rnet(folder: Path) -> tuple[str, Shapes]:
    """The second network of MTCNN, for squares of 24 pixels."""
    return _cascaded(folder / "det2", [(28, 3, 3), (48, 3, 3), (64, 2, 0)], 128, 24, {"conv5_1": 2, "conv5_2": 4})


def onet(folder: Path) -> tuple[str, Shapes]:
    """The third network of MTCNN, for squares of 48 pixels; it finds five points of a face as well."""
    heads = {"conv6_1": 2, "conv6_2": 4, "conv6_3": 10}
    return _cascaded(folder / "det3", [(32, 3, 3), (64, 3, 3), (64, 3, 2), (128, 2, 0)], 256, 48, heads)


def _cascaded(
    prefix: Path, layers: list[tuple[int, int, int]], units: int, side: int, heads: dict[str, int]
) -> tuple[str, Shapes]:
    import mxnet as mx

    x = mx.sym.var("data")
    for place, (filters, kernel, pool) in enumerate(layers, 1):
        x = mx.sym.Convolution(x, kernel=(kernel, kernel), num_filter=filters, name=f"conv{place}")
        x = _prelu(x, f"prelu{place}")
        if pool:
            x = mx.sym.Pooling(
                x, kernel=(pool, pool), stride=(2, 2), pool_type="max", pooling_convention="full", name=f"pool{place}"
            )
    last = len(layers) + 1
    x = _prelu(mx.sym.FullyConnected(x, num_hidden=units, name=f"conv{last}"), f"prelu{last}")
    ends = [mx.sym.FullyConnected(x, num_hidden=count, name=name) for name, count in heads.items()]
    ends[0] = mx.sym.SoftmaxActivation(ends[0], name="prob1")
    return _saved(prefix, mx.sym.Group([*ends[1:], ends[0]]), {"data": (1, 3, side, side)})


def module(folder: Path) -> tuple[str, Shapes]:
    """A classifier with batch norm and dropout, trained for a moment by a Module, which saves its checkpoint."""
    import mxnet as mx

    x = mx.sym.var("data")
    for place, filters in enumerate((8, 16)):
        x = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=filters, name=f"conv{place}")
        x = mx.sym.Activation(mx.sym.BatchNorm(x, name=f"bn{place}"), act_type="relu", name=f"relu{place}")
        x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name=f"pool{place}")
    x = mx.sym.Activation(mx.sym.FullyConnected(mx.sym.Flatten(x), num_hidden=32, name="fc0"), act_type="tanh")
    x = mx.sym.FullyConnected(mx.sym.Dropout(x, p=0.5, name="drop"), num_hidden=5, name="fc1")
    symbol = mx.sym.SoftmaxOutput(x, name="softmax")
    draws = np.random.RandomState(0)
    images, labels = draws.normal(size=(64, 1, 12, 12)).astype("float32"), draws.randint(0, 5, 64).astype("float32")
    mx.random.seed(0)
    trained = mx.mod.Module(symbol)
    trained.fit(mx.io.NDArrayIter(images, labels, 16), num_epoch=2, initializer=mx.init.Xavier())
    trained.save_checkpoint(str(folder / "classifier"), 2)
    return str(folder / "classifier"), {"data": (1, 1, 12, 12)}


#: by name: what saves it into a folder, and returns its prefix and the shapes of its inputs
NETWORKS = {
    "ssd": ssd,
    "lstm_language_model": language_model,
    "mtcnn_pnet": pnet,
    "mtcnn_rnet": rnet,
    "mtcnn_onet": onet,
    "module_with_batchnorm": module,
}

#: sides of the pictures for networks of the zoo that take no smaller ones
SIDES = {"alexnet": 96, "densenet": 224, "inception": 299, "squeezenet": 224}
SIDE = 64


def of_zoo(name: str, folder: Path) -> tuple[str, Shapes]:
    """Save a network of the model zoo, for pictures no larger than it needs."""
    import mxnet as mx
    from mxnet.gluon.model_zoo import vision

    side = next((length for stem, length in SIDES.items() if name.startswith(stem)), SIDE)
    with mx.name.NameManager():
        net = vision.get_model(name)
        net.initialize(mx.init.MSRAPrelu())
        net(mx.nd.zeros((1, 3, side, side)))
        symbol = net(mx.sym.var("data"))
    return _saved(folder / name.replace(".", "_"), symbol, {"data": (1, 3, side, side)})


def _saved(prefix: Path, symbol: Any, shapes: Shapes) -> tuple[str, Shapes]:
    """Draw parameters that keep values of one size from layer to layer, and save them with the graph."""
    import mxnet as mx

    draws = np.random.RandomState(0)
    arguments, _, states = symbol.infer_shape(**shapes)
    found = {}
    for kind, names, lengths in (
        ("arg", symbol.list_arguments(), arguments), ("aux", symbol.list_auxiliary_states(), states)
    ):  # fmt: skip
        for name, shape in zip(names, lengths):
            if name not in shapes:
                found[f"{kind}:{name}"] = mx.nd.array(_drawn(draws, name, shape))
    symbol.save(f"{prefix}-symbol.json")
    mx.nd.save(f"{prefix}-0000.params", found)
    return str(prefix), shapes


def _drawn(draws: np.random.RandomState, name: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Elements of a parameter: of weights so that a rectified layer keeps the variance; scales and variances near 1."""
    if len(shape) > 1:
        return draws.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
    if name.endswith(("gamma", "var")):
        return draws.uniform(0.1, 0.4, shape) if "prelu" in name else draws.uniform(0.8, 1.2, shape)
    return draws.normal(0, 0.1, shape)
