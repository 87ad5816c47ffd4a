import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.data import ArrayDataset
from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments import Settings, train
from remxnet.experiments.training import datasets
from remxnet.experiments.training.datasets import load_images


@pytest.fixture
def folder(tmp_path):
    """Red and blue pictures of 12 × 10 pixels."""
    cv2 = pytest.importorskip("cv2")
    for part, count in (("train", 6), ("test", 2)):
        for place, name in enumerate(("blue", "red")):
            (tmp_path / "images" / part / name).mkdir(parents=True)
            for number in range(count):
                pixels = np.zeros((10, 12, 3), np.uint8)
                pixels[..., 2 * place] = 200 + number
                assert cv2.imwrite(str(tmp_path / "images" / part / name / f"{number}.png"), pixels)
    (tmp_path / "images" / "train" / "README").write_text("not an image")
    return tmp_path / "images"


def test_a_folder_of_images_is_a_data_set(folder, tmp_path):
    images = load_images(str(folder), 5)
    assert (images.train_size, images.test_size, images.shape) == (12, 4, (3, 10, 12))
    assert images.class_names == ("blue", "red")
    for inputs, labels in images.train:
        pixels = inputs.asnumpy()
        np.testing.assert_array_equal(labels.asnumpy(), pixels[:, 0].max(axis=(1, 2)) > 0.5)  # red is channel 0
    run = train(Settings("mlp", str(folder), 3, 4, output=str(tmp_path / "run")))
    assert run.results[-1].test_accuracy == 1.0
    assert load_images(str(folder), 5, side=8).shape == (3, 8, 8)


def test_pictures_of_different_sizes_need_resize(folder, tmp_path, capsys):
    import cv2

    cv2.imwrite(str(folder / "train" / "red" / "0.png"), np.zeros((9, 9, 3), np.uint8))
    arguments = ["train", "mlp", "--data", str(folder), "--epochs", "1", "--output", str(tmp_path / "run")]
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert "the training images cannot be loaded" in error
    assert "if sizes differ, add --resize" in error
    assert len(error.splitlines()) == 1
    assert cli.main([*arguments, "--overwrite", "--resize", "8"]) == 0


def test_a_damaged_picture_is_named(folder, tmp_path, capsys):
    (folder / "test" / "red" / "1.png").write_bytes(b"no picture")
    assert cli.main(["train", "mlp", "--data", str(folder), "--epochs", "1", "--output", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert "the test images cannot be loaded" in error
    assert "1.png" in error
    assert len(error.splitlines()) == 1


def test_a_folder_that_is_no_data_set_is_an_error(folder, tmp_path):
    with pytest.raises(InputError, match=r"train is no folder; a data set of images has the folders train and test"):
        load_images(str(tmp_path), 4)
    (folder / "test" / "green").mkdir()
    with pytest.raises(InputError, match=r"the class 'green' is in test alone"):
        load_images(str(folder), 4)
    with pytest.raises(InputError, match=r"holds no images"):
        (tmp_path / "empty" / "train").mkdir(parents=True)
        load_images(str(tmp_path / "empty"), 4)
    with pytest.raises(InputError, match=r"no data set is called 'nowhere'; there are .*sample, or give a folder"):
        load_images("nowhere", 4)


@pytest.mark.parametrize("label", [10, -1, 2.5])
def test_labels_that_are_no_class_are_an_error(monkeypatch, label, tmp_path, capsys):
    def strange(train):
        labels = np.arange(4, dtype="float32")
        labels[2] = label
        return ArrayDataset(mx.nd.zeros((4, 28, 28, 1), dtype="uint8"), labels)

    monkeypatch.setitem(datasets.DATA_SETS, "mnist", strange)
    assert cli.main(["train", "mlp", "--data", "mnist", "--output", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    expected = f"mnist: the training images have a label {float(label)}; expected 0 to 9, one of 10 classes"
    assert error == f"remxnet train: {expected}\n"
    assert not (tmp_path / "run").exists()


def test_labels_are_read_without_decoding_images(monkeypatch):
    class Slow(ArrayDataset):
        def __getitem__(self, index):
            raise AssertionError("decoded")

    assert list(datasets.labels_of(Slow(mx.nd.zeros((2, 1)), [3, 4]))) == [3, 4]


def test_digits_are_not_mirrored(monkeypatch):
    pixels = np.zeros((64, 4, 4, 1), np.uint8)
    pixels[:, :, 0] = 255

    def dataset(train):
        return ArrayDataset(mx.nd.array(pixels, dtype="uint8"), np.zeros(64, np.int32))

    for name, mirrored in (("mnist", False), ("cifar10", True)):
        monkeypatch.setitem(datasets.DATA_SETS, name, dataset)
        ((inputs, _),) = load_images(name, 64, augment=True).train
        assert (inputs.asnumpy()[..., 3] == 1).any() == mirrored
