"""The named models: what they are for small and for large images, that they run as graphs, and what they train with."""

import dataclasses

import numpy
import pytest

import mxnet as mx
from mxnet import autograd, gluon
from mxnet.gluon.model_zoo import vision
from remxnet.errors import InputError
from remxnet.experiments.layers import layer_table
from remxnet.experiments.models import LARGE, MODELS
from remxnet.experiments.names import find_model
from remxnet.experiments.runs import load_net, open_run
from remxnet.experiments.settings import RECIPE, Settings
from remxnet.experiments.training.loop import train

NAMES = ["mlp", "lenet", "lenet-relu", "lenet-bn", "alexnet", "vgg11", "vgg11-bn", "nin", "resnet18"]


def initialized(net, side, channels=1):
    mx.random.seed(3)
    net.initialize(mx.init.Xavier())
    x = mx.nd.random.uniform(shape=(2, channels, side, side))
    with autograd.train_mode():
        net(x)
    return x


def test_these_are_the_names():
    assert list(MODELS) == NAMES
    with pytest.raises(
        InputError,
        match="no model is called 'resnet19' .did you mean 'resnet18'..; there are mlp, lenet, lenet-relu, lenet-bn",
    ):
        find_model("resnet19")


@pytest.mark.parametrize("name", NAMES)
def test_hybridized_exported_and_imported_it_gives_the_same(name, tmp_path):
    net = find_model(name).network(10, 28)
    x = initialized(net, 28)
    eager = net(x).asnumpy()
    assert eager.shape == (2, 10)
    net.hybridize()
    numpy.testing.assert_allclose(net(x).asnumpy(), eager, rtol=1e-4, atol=1e-5)
    net.export(str(tmp_path / "net"))
    files = str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params")
    numpy.testing.assert_allclose(gluon.SymbolBlock.imports(*files)(x).asnumpy(), eager, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["lenet", "lenet-bn", "nin", "resnet18"])
def test_for_large_images_too(name, tmp_path):
    net = find_model(name).network(3, LARGE)
    x = initialized(net, LARGE)
    eager = net(x).asnumpy()
    assert eager.shape == (2, 3)
    net.hybridize()
    numpy.testing.assert_allclose(net(x).asnumpy(), eager, rtol=1e-4, atol=1e-5)
    net.export(str(tmp_path / "net"))
    files = str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params")
    numpy.testing.assert_allclose(gluon.SymbolBlock.imports(*files)(x).asnumpy(), eager, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "zoo"), [("alexnet", "alexnet"), ("vgg11", "vgg11"), ("vgg11-bn", "vgg11_bn"), ("resnet18", "resnet18_v1")]
)
def test_the_large_ones_are_those_of_the_model_zoo(name, zoo):
    with mx.name.NameManager():
        ours = find_model(name).network(10, 224)
    with mx.name.NameManager():
        theirs = vision.get_model(zoo, classes=10)
    assert list(ours.collect_params()) == list(theirs.collect_params())
    assert str(ours) == str(theirs)


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_side_is_the_smallest(name):
    model = find_model(name)
    net = model.build(4)
    net.initialize()
    assert net(mx.nd.zeros((1, 1, model.smallest, model.smallest))).shape == (1, 4)
    if model.smallest > 1:
        smaller = model.build(4)
        smaller.initialize()
        with pytest.raises((mx.MXNetError, ValueError)):
            smaller(mx.nd.zeros((1, 1, model.smallest - 1, model.smallest - 1))).wait_to_read()


@pytest.mark.parametrize("name", NAMES)
def test_for_small_images_they_cost_little(name):
    table = layer_table(find_model(name).network(10, 28), (1, 28, 28))
    assert table.multiply_adds is not None and table.multiply_adds < 30e6


@pytest.mark.parametrize("name", NAMES)
def test_what_it_trains_with_are_settings(name):
    model = find_model(name)
    settings = Settings.of_model(name)
    settings.completed(model)
    assert [getattr(settings, each) for each in RECIPE] == [getattr(model, each) for each in RECIPE]
    assert set(RECIPE) <= {field.name for field in dataclasses.fields(model)}


def test_what_is_given_goes_before_the_models_own():
    settings = Settings.of_model("resnet18", epochs=1, augment=False, batch_size=64, data="sample")
    assert (settings.epochs, settings.augment, settings.batch_size, settings.data) == (1, False, 64, "sample")
    assert (settings.schedule, settings.warmup, settings.weight_decay) == ("cosine", 1.0, 5e-4)


def test_weight_decay_is_not_meant_for_another_optimizer():
    settings = Settings.of_model("resnet18", optimizer="adam")
    assert settings.weight_decay == 0
    assert settings.completed(find_model("resnet18")).learning_rate == pytest.approx(0.001)


def test_a_run_on_large_images_gets_the_large_network_back(tmp_path):
    settings = Settings.of_model("lenet", data="sample", epochs=1, resize=LARGE, batch_size=1000)
    run = train(dataclasses.replace(settings, output=str(tmp_path / "run")))
    net = load_net(open_run(run.directory), "last")
    assert net[1]._kwargs["kernel"] == (4, 4)
    assert net(mx.nd.zeros((1, 1, LARGE, LARGE))).shape == (1, 10)
