"""Weights of the model zoo: where they are looked for, what is refused, and that MXNet's own file loads."""

import hashlib

import numpy
import pytest

import mxnet as mx
from fidelity import recording
from mxnet.gluon.model_zoo import model_store, vision


def small():
    return vision.MobileNet(0.05, classes=3)


@pytest.fixture
def weights(tmp_path):
    """A file of weights of MobileNet 0.25, and the weights of its output."""
    net = vision.mobilenet0_25(classes=2)
    net.initialize(mx.init.Uniform(1))
    net(mx.nd.zeros((1, 3, 32, 32)))
    net.save_parameters(tmp_path / "mobilenet0.25.params")
    return tmp_path / "mobilenet0.25.params", net.output.weight.data().asnumpy()


def test_a_file_that_mxnet_saved_loads(tmp_path):
    structure, arrays = recording.read("model_zoo_running")
    items = structure["cases"]["saved_parameters"]["value"]["items"]
    saved, expected = (arrays[f"saved_parameters.{items[i]['array']}"] for i in (0, -1))
    (tmp_path / "small.params").write_bytes(saved.tobytes())
    net = small()
    net.load_parameters(tmp_path / "small.params")
    x = mx.nd.array(numpy.random.RandomState(99).uniform(-1, 1, (1, 3, 32, 32)).astype("float32"))
    numpy.testing.assert_allclose(net(x).asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_pretrained_takes_the_file_with_the_models_name(weights):
    path, expected = weights
    net = vision.get_model("mobilenet0.25", pretrained=True, root=str(path.parent), classes=2)
    assert (net.output.weight.data().asnumpy() == expected).all()


def test_pretrained_puts_the_weights_where_they_are_asked_for(weights):
    contexts = [mx.cpu(0), mx.cpu(1)]
    net = vision.mobilenet0_25(pretrained=True, root=str(weights[0].parent), ctx=contexts, classes=2)
    assert net.output.weight.list_ctx() == contexts


def test_the_file_with_the_hash_goes_before_the_one_without(weights, monkeypatch):
    path, expected = weights
    content = path.read_bytes()
    digest = hashlib.sha1(content).hexdigest()
    monkeypatch.setitem(model_store._model_sha1, "mobilenet0.25", digest)
    hashed = path.with_name(f"mobilenet0.25-{digest[:8]}.params")
    path.rename(hashed)
    path.write_bytes(b"not this one")
    assert model_store.get_model_file("mobilenet0.25", str(path.parent)) == str(hashed)
    net = vision.mobilenet0_25(pretrained=True, root=str(path.parent), classes=2)
    assert (net.output.weight.data().asnumpy() == expected).all()


def test_a_damaged_file_is_refused(weights):
    path = weights[0]
    path.rename(path.with_name("mobilenet0.25-9f83e440.params"))
    with pytest.raises(mx.MXNetError, match=r"mobilenet0\.25-9f83e440\.params is damaged: its SHA-1 sum is not 9f83"):
        vision.mobilenet0_25(pretrained=True, root=str(path.parent))


def test_without_a_file_the_error_says_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    with pytest.raises(mx.MXNetError) as caught:
        vision.get_model("resnet18_v1", pretrained=True)
    text = str(caught.value)
    assert str(tmp_path / "models") in text
    assert "put resnet18_v1-a0666292.params (or resnet18_v1.params) there" in text
    assert "\n" not in text


def test_the_folder_may_be_below_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MXNET_HOME", raising=False)
    (tmp_path / ".mxnet" / "models").mkdir(parents=True)
    file = tmp_path / ".mxnet" / "models" / "mobilenet0.3.params"
    file.touch()
    assert model_store.get_model_file("mobilenet0.3") == str(file)
    assert model_store.get_model_file("mobilenet0.3", "~/.mxnet/models") == str(file)


def test_weights_for_other_classes_do_not_load_and_the_error_names_the_parameter(weights):
    with pytest.raises(AssertionError, match=r"mobilenet\d+_dense0_weight"):
        vision.mobilenet0_25(pretrained=True, root=str(weights[0].parent))


@pytest.mark.parametrize(
    ("build", "file"),
    [
        (vision.alexnet, "alexnet"),
        (vision.vgg16, "vgg16"),
        (vision.vgg16_bn, "vgg16_bn"),
        (vision.squeezenet1_1, "squeezenet1.1"),
        (vision.densenet169, "densenet169"),
        (vision.inception_v3, "inceptionv3"),
        (vision.resnet50_v2, "resnet50_v2"),
        (vision.mobilenet1_0, "mobilenet1.0"),
        (vision.mobilenet0_75, "mobilenet0.75"),
        (vision.mobilenet_v2_0_5, "mobilenetv2_0.5"),
    ],
)
def test_every_family_looks_for_its_own_file(build, file, tmp_path):
    with pytest.raises(mx.MXNetError, match=f"no pretrained weights for {file} in"):
        build(pretrained=True, root=str(tmp_path))


def test_purge_removes_weights_and_nothing_else(tmp_path):
    for name in ("a.params", "b-01234567.params", "notes.txt"):
        (tmp_path / name).touch()
    model_store.purge(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
