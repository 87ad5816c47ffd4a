import pytest

from mxnet.gluon import nn
from remxnet.experiments import MODELS, Settings
from remxnet.experiments.models import Model


def small_net(classes):
    """A convolution, a normalization, dropout: one of each that a state has to be kept of."""
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, kernel_size=5, strides=2, activation="relu"), nn.BatchNorm(), nn.Dropout(0.3), nn.Dense(classes)
    )
    return net


@pytest.fixture
def small_model(monkeypatch):
    """A model called `small`."""
    model = Model("small", "for tests", small_net, learning_rate=0.1, momentum=0.9)
    monkeypatch.setitem(MODELS, "small", model)
    return model


@pytest.fixture
def settings(tmp_path):
    """One epoch of the quickest model on the sample."""
    return Settings("mlp", "sample", epochs=1, batch_size=1000, output=str(tmp_path / "run"))


@pytest.fixture
def drawn():
    """For tests whose runs and comparisons are to be drawn in earnest."""


@pytest.fixture(autouse=True)
def _pictures(request, monkeypatch):
    """The pictures of runs and comparisons are empty: to draw one takes four times as long as an epoch."""
    if "drawn" in request.fixturenames:
        return
    from remxnet.experiments.compare.comparison import Comparison
    from remxnet.experiments.runs import recording

    def empty(self):
        from matplotlib.figure import Figure

        return Figure()

    if "finished" not in request.fixturenames:
        monkeypatch.setattr(Comparison, "figure", empty)
    monkeypatch.setattr(recording, "curves", lambda figure, results: figure)
