"""Networks of the model zoo, run: outputs, training, first values, files."""

from __future__ import annotations

import os
import tempfile

import numpy as np

from fidelity.support import data, head_gradient, tolerance


def _fill(mx, net):
    """Set all parameters to values that do not depend on MXNet's generator, and keep the activations' size."""
    for number, (place, parameter) in enumerate(net._collect_params_with_prefix().items()):
        shape, kind = parameter.shape, place.rsplit(".", 1)[1]
        if kind == "weight":
            limit = float(np.sqrt(6 / np.prod(shape[1:])))
            values = data(shape, number, -limit, limit)
        elif kind in ("running_var", "gamma"):
            values = data(shape, number, 0.5, 1.5)
        else:
            values = data(shape, number, -0.1, 0.1)
        parameter.set_data(mx.nd.array(values))


def _ready(mx, net, side, batch=1, hybridize=False):
    net.initialize(mx.init.Zero())
    x = mx.nd.array(data((batch, 3, side, side), 99))
    net.infer_shape(x)
    _fill(mx, net)
    if hybridize:
        net.hybridize()
    return x


_FORWARD = {
    "alexnet": (lambda vision: vision.alexnet(classes=7), 63),
    "vgg": (lambda vision: vision.VGG([1, 2], [8, 16], classes=7), 9),
    "vgg_with_normalization": (lambda vision: vision.VGG([1, 2], [8, 16], classes=7, batch_norm=True), 8),
    "squeezenet1_0": (lambda vision: vision.squeezenet1_0(classes=7), 219),
    "squeezenet1_1": (lambda vision: vision.squeezenet1_1(classes=7), 215),
    "densenet": (lambda vision: vision.DenseNet(16, 8, [2, 3], classes=7), 56),
    "inception": (lambda vision: vision.inception_v3(classes=7), 299),
    "resnet18_v1": (lambda vision: vision.resnet18_v1(classes=7), 33),
    "resnet_v1_bottleneck": (
        lambda vision: vision.ResNetV1(vision.BottleneckV1, [1, 2], [8, 16, 32], 7, thumbnail=True), 16
    ),
    "resnet18_v2": (lambda vision: vision.resnet18_v2(classes=7), 32),
    "resnet_v2_bottleneck": (
        lambda vision: vision.ResNetV2(vision.BottleneckV2, [1, 2], [8, 16, 32], 7, thumbnail=True), 15
    ),
    "mobilenet": (lambda vision: vision.mobilenet0_25(classes=7), 64),
    "mobilenet_v2": (lambda vision: vision.mobilenet_v2_0_25(classes=7), 64),
}  # fmt: skip


def _forward():
    for name, (make, side) in _FORWARD.items():
        for hybridize in (False, True):
            if hybridize and name in ("alexnet", "inception", "vgg", "squeezenet1_0", "resnet18_v1"):
                continue  # the same layers as the others, and slow

            def case(mx, make=make, side=side, hybridize=hybridize):
                net = make(mx.gluon.model_zoo.vision)
                x = _ready(mx, net, side, 1 if side > 64 else 2, hybridize)
                features = net.features(x)
                return net(x), features.shape, features.mean(), features.max()

            case.__name__ = f"forward_{name}" + "_hybridized" * hybridize
            # sums of thousands of products, one layer after another, are added up in another order
            globals()[case.__name__] = tolerance(2e-4, 2e-5)(case)


_forward()

_TRAINING = {
    "resnet_v1": (lambda vision: vision.ResNetV1(vision.BasicBlockV1, [1, 1], [4, 4, 8], 3, thumbnail=True), 8),
    "resnet_v2": (lambda vision: vision.ResNetV2(vision.BottleneckV2, [1, 1], [4, 8, 16], 3, thumbnail=True), 8),
    "mobilenet_v2": (lambda vision: vision.MobileNetV2(0.13, classes=3), 32),
}


def _training():
    for name, (make, side) in _TRAINING.items():
        for hybridize in (False, True):

            def case(mx, make=make, side=side, hybridize=hybridize):
                net = make(mx.gluon.model_zoo.vision)
                x = _ready(mx, net, side, 4, hybridize)
                net(x)
                if side > 8:
                    # in so deep a network, a unit that is on here and off there would change all gradients; MXNet
                    # cannot compute this in float64 where a normalization is followed by an Activation
                    net.cast("float64")
                    x = x.astype("float64")
                x.attach_grad()  # without it MXNet leaves the statistics of ResNetV2's first normalization as they are
                with mx.autograd.record():
                    out = net(x)
                out.backward(mx.nd.array(head_gradient(out.shape)))
                parameters = net._collect_params_with_prefix()
                weights = [p for place, p in parameters.items() if place.endswith("weight")]
                states = [p.data() for place, p in parameters.items() if "running" in place]
                gradients = [p.grad().reshape(-1)[:50] for p in (weights[0], weights[1], weights[-1])]
                return out, gradients, states[:4], net(x), x.grad.reshape(-1)[:50]

            case.__name__ = f"training_{name}" + "_hybridized" * hybridize
            # MXNet's momentum of the running statistics is 0.9 in float32 for float64 too
            globals()[case.__name__] = tolerance(1e-5 if side > 8 else 1e-4, 1e-5)(case)


_training()


def first_values(mx):
    vision = mx.gluon.model_zoo.vision
    net = vision.mobilenet0_25(classes=7)
    net.initialize(mx.init.Xavier())
    x = mx.nd.array(data((2, 3, 32, 32)))
    with mx.autograd.train_mode():
        net(x)
    return [p.data().reshape(-1)[:6] for p in net.collect_params(".*weight").values()]


def first_values_hybridized(mx):
    net = mx.gluon.model_zoo.vision.ResNetV1(
        mx.gluon.model_zoo.vision.BottleneckV1, [1, 1], [8, 8, 16], 7, thumbnail=True
    )
    net.initialize(mx.init.Xavier())
    net.hybridize()
    net(mx.nd.array(data((2, 3, 8, 8))))
    return [p.data().reshape(-1)[:6] for p in net.collect_params(".*weight").values()]


@tolerance(1e-5, 1e-5)  # normal numbers, as everywhere
def first_values_of_vgg(mx):
    net = mx.gluon.model_zoo.vision.vgg11()
    first, second = net.features[0], net.features[3]
    for layer, channels in ((first, 3), (second, 64)):
        layer.initialize()
        layer(mx.nd.zeros((1, channels, 4, 4)))
    return first.weight.data().reshape(-1)[:20], second.weight.data().reshape(-1)[:20], first.bias.data()[:3]


def _small(mx):
    return mx.gluon.model_zoo.vision.MobileNet(0.05, classes=3)


@tolerance(1e-4, 1e-5)
def saved_parameters(mx):
    path, net, other = os.path.join(tempfile.mkdtemp(), "small.params"), _small(mx), _small(mx)
    x = _ready(mx, net, 32)
    net(x)
    net.save_parameters(path)
    with open(path, "rb") as stream:
        written = np.frombuffer(stream.read(), "uint8")
    other.load_parameters(path)
    return written, (net(x) == other(x)).asnumpy().all(), net(x)


@tolerance(1e-4, 1e-5)
def exported(mx):
    folder, net, x = tempfile.mkdtemp(), _small(mx), mx.nd.array(data((1, 3, 32, 32), 99))
    net.initialize(mx.init.Zero())
    net.hybridize()
    net(x)
    _fill(mx, net)
    before = net(x)
    net.export(os.path.join(folder, "small"))
    with open(os.path.join(folder, "small-symbol.json"), encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    other = mx.gluon.SymbolBlock.imports(
        os.path.join(folder, "small-symbol.json"), ["data"], os.path.join(folder, "small-0000.params")
    )
    return lines[:60], len(lines), before, other(x)


def features_taken_over(mx):
    vision = mx.gluon.model_zoo.vision
    trained, net = vision.MobileNet(0.05, classes=3), vision.MobileNet(0.05, classes=2)
    x = _ready(mx, trained, 32)
    net.features = trained.features
    net.output.initialize(mx.init.One())
    return net(x).shape, net.features(x).shape


@tolerance(2e-4, 2e-5)
def numpy_arrays(mx):
    mx.npx.set_np()
    vision = mx.gluon.model_zoo.vision
    found = []
    for net in (
        vision.ResNetV1(vision.BasicBlockV1, [1, 1], [4, 4, 8], 3, thumbnail=True),
        vision.ResNetV2(vision.BasicBlockV2, [1, 1], [4, 4, 8], 3, thumbnail=True),
    ):
        net.initialize(mx.init.Zero())
        x = mx.np.array(data((2, 3, 8, 8), 99))
        net(x)
        for number, (place, parameter) in enumerate(net._collect_params_with_prefix().items()):
            low = 0.5 if place.endswith(("gamma", "running_var")) else -0.5
            parameter.set_data(mx.np.array(data(parameter.shape, number, low, 1 if low > 0 else 0.5)))
        found.append(net(x))
    return found
