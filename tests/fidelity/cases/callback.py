"""Callbacks: the lines they log, what they ask of metrics and modules, and the checkpoints of a model."""

import contextlib
import logging
import os
import tempfile
import time

from fidelity.support import data


@contextlib.contextmanager
def _logged():
    """The texts logged inside, and a clock that stands still until it is set."""

    class Keep(logging.Handler):
        def emit(self, record):
            texts.append(record.getMessage())

    texts, now, root, handler = [], [1000.0], logging.getLogger(), Keep()
    level, real = root.level, time.time
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    time.time = lambda: now[0]
    try:
        yield texts, now
    finally:
        time.time = real
        root.removeHandler(handler)
        root.setLevel(level)


class _Metric:
    def __init__(self):
        self.calls = []

    def get_name_value(self):
        return [("accuracy", 0.5), ("loss", 1.25)]

    def get_global_name_value(self):
        return [("accuracy", 0.25)]

    def reset(self):
        self.calls.append("reset")

    def reset_local(self):
        self.calls.append("reset_local")


def _epochs(mx, make, epochs, metric, seconds=2.0):
    """What is logged over epochs of batches, given as (first, last)."""
    with _logged() as (texts, now):
        callback = make()
        for epoch, (first, last) in enumerate(epochs):
            for batch in range(first, last):
                now[0] += seconds
                callback(mx.model.BatchEndParam(epoch, batch, metric, None))
    return list(texts), getattr(metric, "calls", None)


def speedometer(mx):
    return _epochs(mx, lambda: mx.callback.Speedometer(32, 2), [(0, 7), (0, 5)], _Metric())


def speedometer_counting_from_one(mx):
    return _epochs(mx, lambda: mx.callback.Speedometer(10, frequent=3), [(1, 8), (1, 4)], _Metric(), 0.0123)


def speedometer_without_reset(mx):
    return _epochs(mx, lambda: mx.callback.Speedometer(32, 2, auto_reset=False), [(0, 5)], _Metric())


def speedometer_without_metric(mx):
    return _epochs(mx, lambda: mx.callback.Speedometer(32, 2), [(0, 5)], None)


def speedometer_in_no_time(mx):
    return _epochs(mx, lambda: mx.callback.Speedometer(32, 2), [(0, 5)], _Metric(), 0.0)


def speedometer_defaults(mx):
    made = mx.callback.Speedometer(32)
    return made.batch_size, made.frequent, made.auto_reset, made.init, made.last_count


def train_metric(mx):
    return (
        _epochs(mx, lambda: mx.callback.log_train_metric(2), [(0, 5), (0, 2)], _Metric()),
        _epochs(mx, lambda: mx.callback.log_train_metric(2, True), [(0, 5)], _Metric()),
        _epochs(mx, lambda: mx.callback.log_train_metric(2), [(0, 5)], None),
    )


def progress_bar(mx):
    return (
        _epochs(mx, lambda: mx.callback.ProgressBar(10, 20), [(0, 13)], None),
        _epochs(mx, lambda: mx.callback.ProgressBar(7), [(0, 8)], None),
    )


def validation_metrics(mx):
    return [
        _epochs(mx, mx.callback.LogValidationMetricsCallback, [(0, 1), (0, 1)], metric) for metric in (_Metric(), None)
    ]


def batch_end(mx):
    made = mx.model.BatchEndParam(1, 2, None, 3)
    return made._fields, made.nbatch, tuple(made), type(made).__name__


# ---------------------------------------------------------------- checkpoints


class _Symbol:
    def save(self, path, remove_amp_cast=True):
        with open(path, "w") as stream:
            stream.write("{}")


@contextlib.contextmanager
def _folder():
    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _parameters(mx):
    return {"w": mx.nd.array(data((2, 3))), "b": mx.nd.ones((2,))}, {"mean": mx.nd.zeros((2,))}


def checkpoints_of_epochs(mx):
    made = []
    for period in (1, 3, 0, 2.7):
        with _folder(), _logged() as (texts, _):
            callback = mx.callback.do_checkpoint("net", period)
            for epoch in range(7):
                callback(epoch, _Symbol(), *_parameters(mx))
            made.append((sorted(os.listdir(".")), list(texts)))
    return made


def checkpoint_contents(mx):
    with _folder():
        mx.model.save_checkpoint("net", 3, None, *_parameters(mx))
        mx.model.save_checkpoint("net", 12345, _Symbol(), *_parameters(mx))
        saved = mx.nd.load("net-0003.params")
        return sorted(os.listdir(".")), sorted(saved.items()), mx.model.load_params("net", 12345)


def checkpoint_missing(mx):
    with _folder():
        mx.model.load_params("net", 3)


def checkpoint_of_other_names(mx):
    with _folder():
        mx.nd.save("net-0003.params", {"arg:w": mx.nd.ones((1,)), "foo:x": mx.nd.ones((1,))})
        return mx.model.load_params("net", 3)


def checkpoint_without_kinds(mx):
    with _folder():
        mx.nd.save("net-0003.params", {"w": mx.nd.ones((1,))})
        mx.model.load_params("net", 3)


def checkpoint_empty(mx):
    with _folder(), _logged() as (texts, _):
        mx.nd.save("net-0003.params", {})
        return mx.model.load_params("net", 3), len(texts)


def module_checkpoints(mx):
    calls = []

    class Module:
        def save_checkpoint(self, *arguments):
            calls.append(arguments)

    make = mx.callback.module_checkpoint
    for callback in (make(Module(), "net", 2, True), make(Module(), "n")):
        for epoch in range(4):
            callback(epoch)
        callback(5, "symbol", {}, {})
    return calls
