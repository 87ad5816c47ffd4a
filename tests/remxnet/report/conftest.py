from dataclasses import dataclass
from pathlib import Path

import numpy
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")
from PIL import Image

from remxnet.experiments import Settings, train

NAMES = ("<img src=x onerror=alert(1)>", "<script>alert(2)<", '{{ 7 * 7 }} & "quoted"')


@dataclass
class Runs:
    """Directories of finished runs that no test changes."""

    convolutional: Path
    dense: Path
    odd: Path


def write_images(root, names, side=16, train_images=6, test_images=3):
    """A folder of colour images; each class has a pattern of its own, with noise."""
    noise = numpy.random.RandomState(0)
    for number, name in enumerate(names):
        pattern = numpy.random.RandomState(number).randint(0, 255, (4, 4, 3))
        for part, count in (("train", train_images), ("test", test_images)):
            folder = root / part / name
            folder.mkdir(parents=True)
            for index in range(count):
                pixels = numpy.kron(pattern, numpy.ones((side // 4, side // 4, 1))) + noise.randn(side, side, 3) * 40
                Image.fromarray(numpy.clip(pixels, 0, 255).astype("uint8")).save(folder / f"{index}.png")


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """A convolutional network on grey images, and two on colour images: dense, and convolutional for odd names."""
    root = tmp_path_factory.mktemp("runs")
    train(Settings("lenet-relu", "sample", 1, output=str(root / "convolutional")))
    write_images(root / "shades", ["pale", "dark"])
    train(Settings("mlp", str(root / "shades"), 2, batch_size=4, schedule="cosine", output=str(root / "dense")))
    write_images(root / "oddities", NAMES)
    train(Settings("lenet-relu", str(root / "oddities"), 1, batch_size=4, output=str(root / "odd")))
    return Runs(root / "convolutional", root / "dense", root / "odd")


@pytest.fixture
def copy_of(tmp_path):
    """A copy of a run that a test may damage."""
    import shutil

    def copy(directory):
        return Path(shutil.copytree(directory, tmp_path / directory.name))

    return copy
