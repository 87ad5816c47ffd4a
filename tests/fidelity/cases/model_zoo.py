"""Networks of the model zoo: structure, names and shapes of parameters, graphs, and what is refused.

One network of each family is kept as text. Of the others, some of them very deep, each part is kept as a digest.
"""

from __future__ import annotations

import hashlib
import json

_MODELS = """
    alexnet densenet121 densenet161 densenet169 densenet201 inceptionv3 mobilenet0.25 mobilenet0.5 mobilenet0.75
    mobilenet1.0 mobilenetv2_0.25 mobilenetv2_0.5 mobilenetv2_0.75 mobilenetv2_1.0 resnet101_v1 resnet101_v2
    resnet152_v1 resnet152_v2 resnet18_v1 resnet18_v2 resnet34_v1 resnet34_v2 resnet50_v1 resnet50_v2 squeezenet1.0
    squeezenet1.1 vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn
""".split()


def _digest(lines):
    return f"{len(lines)} lines, {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:12]}"


def _initializer(parameter):
    init = parameter.init
    return init if init is None or isinstance(init, str) else init.dumps()


def _parameters(block):
    return [
        f"{place} {p.name} {tuple(p.shape)} {p.grad_req} {_initializer(p)}"
        for place, p in block._collect_params_with_prefix().items()
    ]


def _graph(mx, net):
    nodes = json.loads(net(mx.sym.var("data")).tojson())["nodes"]
    return [
        f"{n['op']} {n['name']} {sorted(n.get('attrs', {}).items())} {[source[0] for source in n['inputs']]}"
        for n in nodes
    ]


def _structures():
    for name in _MODELS:

        def case(mx, name=name):
            net = mx.gluon.model_zoo.vision.get_model(name)
            side = 299 if name == "inceptionv3" else 224
            printed = _parts(net, lambda part: str(part).split("\n"))
            graph = _digest(_graph(mx, net))
            net.infer_shape(mx.nd.zeros((1, 3, side, side)))
            elements = sum(_size(p.shape) for p in net.collect_params().values())
            return type(net).__name__, elements, printed, _parts(net, _parameters), graph

        case.__name__ = "structure_of_" + name.replace(".", "_")
        globals()[case.__name__] = case


def _parts(net, lines_of):
    """Ten digests at most, each of a run of parts of the network."""
    parts = [lines_of(part) for part in [*net.features, net.output]]
    run = -(-len(parts) // 10)
    return [_digest([line for part in parts[i : i + run] for line in part]) for i in range(0, len(parts), run)]


def _size(shape):
    size = 1
    for length in shape:
        size *= length
    return size


_structures()

_AS_TEXT = {
    "alexnet": lambda vision: vision.alexnet(),
    "vgg": lambda vision: vision.VGG([1, 2], [4, 8], classes=3, batch_norm=True),
    "squeezenet": lambda vision: vision.squeezenet1_1(classes=3),
    "densenet": lambda vision: vision.DenseNet(8, 4, [1, 2], bn_size=2, dropout=0.2, classes=3),
    "resnet_v1": lambda vision: vision.ResNetV1(vision.BasicBlockV1, [1, 2], [4, 4, 8], classes=3),
    "resnet_v1_bottleneck": lambda vision: vision.ResNetV1(vision.BottleneckV1, [1, 1], [4, 8, 8], thumbnail=True),
    "resnet_v2": lambda vision: vision.ResNetV2(vision.BasicBlockV2, [1, 1], [4, 4, 8], thumbnail=True),
    "resnet_v2_bottleneck": lambda vision: vision.ResNetV2(vision.BottleneckV2, [1, 2], [4, 8, 8], classes=3),
    "basic_block_v1": lambda vision: vision.BasicBlockV1(4, 2, True),
    "basic_block_v2": lambda vision: vision.BasicBlockV2(4, 1, True, 3),
    "bottleneck_v1": lambda vision: vision.BottleneckV1(6, 1),
    "bottleneck_v2": lambda vision: vision.BottleneckV2(8, 2, True),
    "linear_bottleneck": lambda vision: vision.mobilenet.LinearBottleneck(4, 4, 6, 1),
}


def _texts():
    for name, make in _AS_TEXT.items():

        def case(mx, make=make):
            net = make(mx.gluon.model_zoo.vision)
            return str(net), "\n".join(_parameters(net)), "\n".join(_graph(mx, net))

        case.__name__ = name
        globals()[name] = case


_texts()

_WITH_ARGUMENTS = {
    "mobilenet_of_another_width": lambda vision: vision.get_mobilenet(0.3, classes=3),
    "mobilenet_v2_wide": lambda vision: vision.get_mobilenet_v2(1.4),
    "mobilenet_v2_narrow": lambda vision: vision.get_mobilenet_v2(0.33, classes=3),
    "prefix": lambda vision: vision.resnet18_v1(classes=3, thumbnail=True, prefix="mine_"),
    "upper_case": lambda vision: vision.get_model("SqueezeNet1.0", classes=2),
    "vgg_with_normalization": lambda vision: vision.vgg11(batch_norm=True, classes=2),
    "vgg_bn_asked_for_none": lambda vision: vision.vgg11_bn(batch_norm=False, classes=2),
    "inception_of_three_classes": lambda vision: vision.inception_v3(classes=3),
}


def _arguments():
    for name, make in _WITH_ARGUMENTS.items():

        def case(mx, make=make):
            net = make(mx.gluon.model_zoo.vision)
            parameters = _parameters(net)
            return str(net.output), parameters[:8], _digest(str(net).split("\n")), _digest(parameters)

        case.__name__ = name
        globals()[name] = case


_arguments()


def prefixes(mx):
    vision = mx.gluon.model_zoo.vision
    found = []
    for make in (
        lambda: vision.alexnet(), lambda: vision.vgg11(), lambda: vision.squeezenet1_0(), lambda: vision.densenet121(),
        lambda: vision.inception_v3(), lambda: vision.resnet18_v1(), lambda: vision.resnet18_v2(),
        lambda: vision.mobilenet0_25(), lambda: vision.mobilenet_v2_0_25(), lambda: vision.mobilenet_v2_0_25(),
    ):  # fmt: skip
        net = make()
        found.append((net.prefix, net.features.prefix, net.output.prefix, [part.prefix for part in net.features][-8:]))
    return found


def tables(mx):
    vision = mx.gluon.model_zoo.vision
    return vision.resnet.resnet_spec, vision.vgg.vgg_spec, vision.densenet.densenet_spec


def shortcuts(mx):
    bottleneck = mx.gluon.model_zoo.vision.mobilenet.LinearBottleneck
    return [bottleneck(i, c, 2, s).use_shortcut for i, c, s in ((4, 4, 1), (4, 4, 2), (4, 6, 1))]


def hashes(mx):
    from mxnet.gluon.model_zoo import model_store

    return {name: model_store.short_hash(name) for name in _MODELS}


def _refused():
    for name, call in {
        "model_unknown": lambda vision: vision.get_model("resnet19_v1"),
        "argument_unknown": lambda vision: vision.get_model("alexnet", nonsense=3),
        "resnet_of_another_version": lambda vision: vision.get_resnet(3, 18),
        "resnet_of_another_depth": lambda vision: vision.get_resnet(1, 19),
        "resnet_with_a_stage_too_many": lambda vision: vision.ResNetV1(vision.BasicBlockV1, [1, 1], [4, 4]),
        "resnet_v2_with_a_stage_too_many": lambda vision: vision.ResNetV2(vision.BasicBlockV2, [1, 1], [4, 4]),
        "vgg_of_another_depth": lambda vision: vision.get_vgg(12),
        "vgg_with_a_stage_too_many": lambda vision: vision.VGG([1, 1], [4]),
        "squeezenet_of_another_version": lambda vision: vision.SqueezeNet("2.0"),
        "squeezenet_of_a_number": lambda vision: vision.SqueezeNet(1.0),
        "mobilenet_of_no_channels": lambda vision: vision.get_mobilenet(0),
        "mobilenet_v2_of_no_channels": lambda vision: vision.get_mobilenet_v2(0),
        "image_too_small": lambda vision: _on(vision, vision.alexnet(), 32),
        "image_too_small_for_squeezenet": lambda vision: _on(vision, vision.squeezenet1_1(), 64),
        "image_of_one_axis_too_few": lambda vision: _on(vision, vision.resnet18_v1(), None),
    }.items():

        def case(mx, call=call):
            return str(call(mx.gluon.model_zoo.vision))

        case.__name__ = name
        globals()[name] = case


def _on(vision, net, side):
    import mxnet as mx

    net.initialize()
    return net(mx.nd.zeros((1, 3, side, side) if side else (3, 64, 64))).asnumpy()


_refused()


def no_such_weights(mx):
    from mxnet.gluon.model_zoo import model_store

    model_store.get_model_file("resnet19_v1")


def hash_of_no_such_model(mx):
    from mxnet.gluon.model_zoo import model_store

    model_store.short_hash("resnet19_v1")
