"""Metrics handed to TensorBoard."""

import logging
import sys
import types

import mxnet as mx
from mxnet.contrib.tensorboard import LogMetricsCallback


class Writer:
    """Keeps what it is told."""

    def __init__(self, folder):
        self.folder, self.told = folder, []

    def add_scalar(self, tag, value, step):
        self.told.append((tag, value, step))


def parameters(epoch):
    metric = mx.metric.Accuracy()
    metric.update([mx.nd.array([0, 1])], [mx.nd.array([[0.9, 0.1], [0.8, 0.2]])])
    return types.SimpleNamespace(eval_metric=metric, epoch=epoch)


def test_a_metric_is_written_with_its_prefix_at_its_epoch(monkeypatch):
    monkeypatch.setitem(sys.modules, "mxboard", types.SimpleNamespace(SummaryWriter=Writer))
    callback = LogMetricsCallback("folder", prefix="train")
    callback(parameters(3))
    callback(types.SimpleNamespace(eval_metric=None, epoch=4))
    assert callback.summary_writer.folder == "folder"
    assert callback.summary_writer.told == [("train-accuracy", 0.5, 3)]
    plain = LogMetricsCallback("folder")
    plain(parameters(1))
    assert plain.summary_writer.told == [("accuracy", 0.5, 1)]


def test_without_a_writer_it_says_what_to_install(monkeypatch, caplog):
    for name in ("mxboard", "tensorboardX", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, name, None)
    with caplog.at_level(logging.ERROR):
        callback = LogMetricsCallback("folder")
    assert "pip install tensorboardX" in caplog.text
    callback(parameters(1))
