"""The model zoo's networks hybridized, exported and imported again, and what a user does with them."""

import numpy
import pytest

import mxnet as mx
from mxnet import autograd, gluon
from mxnet.gluon import nn
from mxnet.gluon.model_zoo import vision

NETWORKS = {
    "vgg": (lambda: vision.VGG([1, 1], [2, 2], classes=3, batch_norm=True), 4),
    "squeezenet": (lambda: vision.squeezenet1_1(classes=3), 215),
    "densenet": (lambda: vision.DenseNet(8, 4, [2, 2], classes=3), 56),
    "resnet_v1": (lambda: vision.ResNetV1(vision.BottleneckV1, [1, 2], [8, 8, 16], 3), 32),
    "resnet_v2": (lambda: vision.ResNetV2(vision.BasicBlockV2, [1, 2], [8, 8, 16], 3, thumbnail=True), 9),
    "mobilenet": (lambda: vision.MobileNet(0.1, classes=3), 32),
    "mobilenet_v2": (lambda: vision.MobileNetV2(0.1, classes=3), 32),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_hybridized_exported_and_imported_it_gives_the_same(name, tmp_path):
    build, side = NETWORKS[name]
    net, x = build(), mx.nd.random.uniform(-1, 1, shape=(2, 3, side, side))
    net.initialize(mx.init.Xavier())
    with autograd.train_mode():
        net(x)
    eager = net(x).asnumpy()
    net.hybridize()
    numpy.testing.assert_allclose(net(x).asnumpy(), eager, rtol=1e-4, atol=1e-5)
    net.export(str(tmp_path / name))
    imported = gluon.SymbolBlock.imports(
        str(tmp_path / f"{name}-symbol.json"), ["data"], str(tmp_path / f"{name}-0000.params")
    )
    numpy.testing.assert_allclose(imported(x).asnumpy(), eager, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["weight", "gamma", "beta", "running_mean", "running_var"])
def test_what_is_written_into_a_hybridized_network_is_used(name):
    net, x = vision.MobileNet(0.1, classes=3), mx.nd.random.uniform(-1, 1, shape=(2, 3, 32, 32))
    net.initialize(mx.init.Xavier())
    net.hybridize()
    before = net(x).asnumpy()
    convolution, normalization = net.features[0], net.features[1]
    parameter = getattr(convolution if name == "weight" else normalization, name)
    parameter.set_data(mx.nd.random.uniform(0.5, 1.5, shape=parameter.shape))
    by_set_data = net(x).asnumpy()
    parameter.data()[:] = parameter.data() * 2
    by_assignment = net(x).asnumpy()
    net.hybridize(active=False)
    numpy.testing.assert_allclose(net(x).asnumpy(), by_assignment, rtol=1e-4, atol=1e-5)
    parameter.set_data(parameter.data() / 2)
    numpy.testing.assert_allclose(net(x).asnumpy(), by_set_data, rtol=1e-4, atol=1e-5)
    assert (by_set_data != before).any()
    assert (by_assignment != by_set_data).any()


def test_a_part_that_is_replaced_is_used():
    block = vision.BasicBlockV2(4, 1, in_channels=4)
    block.conv1 = nn.Conv2D(4, 1, use_bias=False, in_channels=4)
    block.initialize(mx.init.Zero())
    x = mx.nd.ones((1, 4, 3, 3))
    assert (block(x).asnumpy() == 1).all()
    block.conv1.initialize(mx.init.One(), force_reinit=True)
    block.conv2.initialize(mx.init.One(), force_reinit=True)
    block(x)
    assert block.conv1.weight.data().shape == (4, 4, 1, 1)
    assert (block(x).asnumpy()[0, :, 1, 1] > 1).all()


def test_features_of_one_network_under_the_output_of_another():
    trained, net = (vision.MobileNet(0.1, classes=classes) for classes in (5, 2))
    trained.initialize()
    net.features = trained.features
    net.output.initialize()
    assert net(mx.nd.zeros((1, 3, 32, 32))).shape == (1, 2)


def test_only_an_output_of_ones_own_is_trained():
    net = vision.MobileNet(0.1, classes=2)
    net.initialize()
    net.features.collect_params().setattr("grad_req", "null")
    trainer = gluon.Trainer(net.output.collect_params(), "sgd", {"learning_rate": 1})
    x, y = mx.nd.random.uniform(shape=(4, 3, 32, 32)), mx.nd.array([0, 1, 0, 1])
    net(x)
    before = net.features[0].weight.data().asnumpy()
    with autograd.record():
        loss = gluon.loss.SoftmaxCrossEntropyLoss()(net(x), y)
    loss.backward()
    trainer.step(4)
    assert (net.features[0].weight.data().asnumpy() == before).all()
    assert (net.output.bias.data().asnumpy() != 0).any()


@pytest.mark.parametrize("name", ["resnet19_v1", "", None, 3])
def test_an_unknown_name_is_refused_with_those_there_are(name):
    with pytest.raises(ValueError, match=r"get_model: name=.*; expected one of alexnet, .*, vgg19_bn$"):
        vision.get_model(name)


def test_the_functions_document_themselves():
    assert vision.resnet18_v1.__doc__.startswith("ResNet with 18 layers, version 1.\n")
    assert "Two 3×3 convolutions, each after a normalization" in vision.BasicBlockV2.__doc__
    assert vision.vgg11_bn.__module__ == "mxnet.gluon.model_zoo.vision.vgg"
