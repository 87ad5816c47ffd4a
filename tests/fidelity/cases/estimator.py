"""``gluon.contrib.estimator``: log lines, order of events, checkpoints, stopping early, errors."""

import functools
import glob
import io
import os
import re
import tempfile
import warnings

import numpy as np

from fidelity.tensor_support import outcomes

X = np.random.RandomState(3).rand(10, 5).astype("float32")
Y = (np.arange(10) % 3).astype("float32")
_TIMES = [(r"in [\d.]+s", "in TIMEs"), (r"interval: [\d.]+s", "interval: TIMEs"), (r"total \d+s", "total TIMEs")]


def _net(mx, hybrid=True):
    mx.random.seed(1)
    net = (mx.gluon.nn.HybridSequential if hybrid else mx.gluon.nn.Sequential)(prefix="net_")
    with net.name_scope():
        net.add(mx.gluon.nn.Dense(4, activation="relu"), mx.gluon.nn.Dense(3))
    net.initialize(mx.init.Xavier())
    return net


def _data(mx, batch_size=4):
    return mx.gluon.data.DataLoader(mx.gluon.data.ArrayDataset(X, Y), batch_size=batch_size)


def _made(mx, net=None, **keywords):
    """An estimator and what its logger writes to."""
    net = net or _net(mx)
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9})
    keywords = {"train_metrics": [mx.metric.Accuracy()], "trainer": trainer, "context": mx.cpu(), **keywords}
    made = mx.gluon.contrib.estimator.Estimator(net, mx.gluon.loss.SoftmaxCrossEntropyLoss(), **keywords)
    stream = io.StringIO()
    made.logger.handlers[0].stream = stream
    return made, stream


def _lines(stream, folder=None):
    text = stream.getvalue() if folder is None else stream.getvalue().replace(folder, "FOLDER")
    for pattern, replacement in _TIMES:
        text = re.sub(pattern, replacement, text)
    return text.splitlines()


def _fitted(mx, made, stream, folder=None, **keywords):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.fit(_data(mx), **keywords)
    return _lines(stream, folder)


def _quiet(function):
    def called():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function()

    return called


def epochs_and_validation(mx):
    made, stream = _made(mx)
    lines = _fitted(mx, made, stream, val_data=_data(mx, 5), epochs=2)
    values = [float(each.get()[1]) for each in (*made.train_metrics, *made.val_metrics)]
    return [
        lines, values, made.max_epoch, made.max_batch, [made.net[0].weight.data(), made.net[1].bias.data()],
        made.logger.name, made.logger.level, [str(each) for each in made.context],
    ]  # fmt: skip


def batches_and_intervals(mx):
    es = mx.gluon.contrib.estimator
    made, stream = _made(mx)
    handlers = [es.LoggingHandler(log_interval=2), es.LoggingHandler(1, made.train_metrics, priority=-1)]
    return [_fitted(mx, made, stream, batches=4, event_handlers=handlers), made.net[1].weight.data()]


def default_metrics_and_trainer(mx):
    es = mx.gluon.contrib.estimator
    gluon, metric = mx.gluon, mx.metric

    def names(loss=None, **keywords):
        made = es.Estimator(_net(mx), loss or gluon.loss.SoftmaxCrossEntropyLoss(), **keywords)
        return [[(type(m).__name__, m.name) for m in each] for each in (made.train_metrics, made.val_metrics)]

    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        kinds = [
            names(), names(gluon.loss.L2Loss(prefix="foo12_")), names(val_metrics=metric.RMSE()),
            names(train_metrics=[metric.RMSE(), metric.Accuracy(name="mine")]),
            names(train_metrics=metric.CompositeEvalMetric([metric.Accuracy(), metric.MSE()])),
            names(train_metrics=metric.Loss("zz"), val_metrics=metric.Loss("yy")),
        ]  # fmt: skip
        net = gluon.nn.Dense(3)
        made = es.Estimator(net, gluon.loss.SoftmaxCrossEntropyLoss(), initializer=mx.init.One())
        made.fit(_data(mx), epochs=1)
        es.Estimator(net, gluon.loss.L1Loss(), initializer=mx.init.Zero())
    texts = [str(each.message) for each in found]
    rate = made.trainer.learning_rate
    return [kinds, rate, net.weight.data(), sum("default SGD" in each for each in texts)]


def order_of_events(mx):
    es = mx.gluon.contrib.estimator
    heard = []

    class Listener(es.TrainBegin, es.TrainEnd, es.EpochBegin, es.EpochEnd, es.BatchBegin, es.BatchEnd):
        def __init__(self, name, priority=0, stops=None):
            self.label, self.priority, self.stops = name, priority, stops

        def _hear(self, event, keywords):
            kinds = {key: type(value).__name__ for key, value in keywords.items()}
            heard.append([self.label, event, sorted(kinds.items())])
            return event == self.stops

        def train_begin(self, estimator, *args, **kwargs):
            return self._hear("train_begin", kwargs)

        def train_end(self, estimator, *args, **kwargs):
            return self._hear("train_end", kwargs)

        def epoch_begin(self, estimator, *args, **kwargs):
            return self._hear("epoch_begin", kwargs)

        def epoch_end(self, estimator, *args, **kwargs):
            return self._hear("epoch_end", kwargs)

        def batch_begin(self, estimator, *args, **kwargs):
            return self._hear("batch_begin", kwargs)

        def batch_end(self, estimator, *args, **kwargs):
            return self._hear("batch_end", kwargs)

    found = []
    for keywords, handlers in (
        ({"epochs": 1, "val_data": _data(mx, 5)}, [Listener("late", 5), Listener("first", -5000), Listener("plain")]),
        ({"epochs": 2}, Listener("plain", stops="batch_end")),
        ({"epochs": 3}, [Listener("plain", stops="epoch_end")]),
        ({"batches": 2}, [Listener("plain", stops="batch_begin")]),
    ):
        del heard[:]
        made, stream = _made(mx)
        lines = _fitted(mx, made, stream, event_handlers=handlers, **keywords)
        found.append([list(heard), lines, made.net[1].bias.data()])
    del heard[:]
    made.evaluate(_data(mx), event_handlers=[Listener("looks on")])
    return [found, heard, float(made.val_metrics[0].get()[1])]


def when_it_validates(mx):
    es = mx.gluon.contrib.estimator
    made, stream = _made(mx)
    inner = [es.LoggingHandler(log_interval=1, metrics=made.val_metrics)]
    handlers = [es.ValidationHandler(_data(mx, 5), made.evaluate, 2, 2, event_handlers=inner)]
    return _fitted(mx, made, stream, epochs=2, event_handlers=handlers)


def own_batch_processor_and_networks(mx):
    es = mx.gluon.contrib.estimator

    class Doubled(es.BatchProcessor):
        def fit_batch(self, estimator, train_batch, batch_axis=0):
            return super().fit_batch(estimator, [train_batch[0] * 2, train_batch[1]], batch_axis)

    class Half:
        def fit_batch(self):
            pass

    made, stream = _made(mx, batch_processor=Doubled())
    lines = _fitted(mx, made, stream, epochs=1)
    batch = next(iter(_data(mx)))
    given = [
        [each.shape for each in part] for part in es.BatchProcessor().evaluate_batch(made, batch)
    ]  # fmt: skip
    two = _made(mx, val_net=_net(mx), val_loss=mx.gluon.loss.L2Loss())[0]
    return [lines, made.net[1].weight.data(), given, two.val_net is two.net, type(two.val_loss).__name__] + outcomes(
        lambda: _made(mx, batch_processor=Half())
    )


def several_contexts(mx):
    net = _net(mx)
    contexts = [mx.cpu(0), mx.cpu(1)]
    net.collect_params().reset_ctx(contexts)
    made, stream = _made(mx, net, context=contexts)
    return [_fitted(mx, made, stream, epochs=1), net[1].bias.data(mx.cpu(1)), [str(each) for each in made.context]]


def checkpoints(mx):
    es = mx.gluon.contrib.estimator
    found = []
    for keywords, fit in (
        ({}, {"epochs": 2}),
        ({"verbose": 1, "batch_period": 2, "max_checkpoints": 3}, {"epochs": 2}),
        ({"verbose": 2, "batch_period": 1, "epoch_period": None, "max_checkpoints": 2}, {"batches": 4}),
        ({"max_checkpoints": 0, "model_prefix": "mine"}, {"epochs": 1}),
    ):
        with tempfile.TemporaryDirectory() as folder:
            made, stream = _made(mx)
            handler = es.CheckpointHandler(os.path.join(folder, "inner"), **keywords)
            lines = _fitted(mx, made, stream, folder, event_handlers=handler, **fit)
            files = sorted(os.listdir(os.path.join(folder, "inner")))
            found.append([lines, files, handler.saved_checkpoints, handler.current_batch, handler.current_epoch])
    with tempfile.TemporaryDirectory() as folder:
        net = _net(mx)
        net.hybridize()
        made, stream = _made(mx, net)
        handler = _quiet(
            lambda: es.CheckpointHandler(folder, monitor=made.train_metrics[0], save_best=True, verbose=1)
        )()
        lines = _fitted(mx, made, stream, folder, val_data=_data(mx), epochs=3, event_handlers=[handler])
        found.append([lines, sorted(os.listdir(folder)), float(handler.best)])
        again = mx.gluon.SymbolBlock.imports(os.path.join(folder, "model-symbol.json"), ["data"], None)
        found.append(sorted(again.collect_params()))
    return found


def going_on_from_a_checkpoint(mx):
    es = mx.gluon.contrib.estimator

    def run(folder, fit, **keywords):
        made, stream = _made(mx)
        handler = es.CheckpointHandler(folder, verbose=1, **keywords)
        lines = _fitted(mx, made, stream, folder, event_handlers=[handler], **fit)
        return [lines, sorted(os.listdir(folder)), made.net[1].weight.data(), made.max_epoch, made.max_batch]

    by_batch = {"resume_from_checkpoint": True, "batch_period": 1, "epoch_period": None}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        found = [
            run(folder, {"epochs": 2}),
            run(folder, {"epochs": 4}, resume_from_checkpoint=True),
            run(other, {"batches": 3}, **by_batch),
            run(other, {"batches": 6}, **by_batch),
        ]
        reached = outcomes(
            lambda: run(folder, {"epochs": 3}, resume_from_checkpoint=True),
            lambda: run(other, {"batches": 3}, **by_batch),
            lambda: run(folder, {"epochs": 9}, resume_from_checkpoint=True, batch_period=2),
            lambda: run(folder, {"epochs": 9}, **by_batch),
            lambda: run(other, {"batches": 9}, resume_from_checkpoint=True),
            lambda: run(other, {"batches": 9}, resume_from_checkpoint=True, batch_period=2),
        )
        os.remove(max(glob.glob(os.path.join(other, "*.states"))))
        incomplete = outcomes(lambda: run(other, {"batches": 9}, **by_batch))
        with open(os.path.join(other, "model-epochxbatch1.params"), "w", encoding="utf8"):
            pass
        misnamed = outcomes(lambda: run(other, {"batches": 9}, **by_batch))
    return [found, reached, incomplete, misnamed]


def stopping_early(mx):
    es = mx.gluon.contrib.estimator
    found = []
    for keywords in (
        {"patience": 1},
        {"baseline": 0.9},
        {"mode": "min", "min_delta": 0.5, "patience": 2},
        {"mode": "x"},
    ):
        made, stream = _made(mx)
        handler = _quiet(functools.partial(es.EarlyStoppingHandler, made.train_metrics[0], **keywords))()
        lines = _fitted(mx, made, stream, epochs=5, event_handlers=[handler])
        found.append([lines, handler.wait, handler.stopped_epoch, handler.current_epoch, handler.stop_training])
        found.append([float(handler.best), handler.min_delta, handler.monitor_op.__name__])
    made, stream = _made(mx)
    handler = es.EarlyStoppingHandler(mx.metric.Accuracy(), mode="max")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        made.fit(_data(mx), epochs=2, event_handlers=[handler])
    kinds = sorted({each.category.__name__ for each in warned if "not updated" in str(each.message)})
    return [found, handler.stop_training, kinds]


def settings_of_handlers(mx):
    es = mx.gluon.contrib.estimator
    metric = mx.metric.Accuracy()
    made = [
        es.StoppingHandler(3, 4), es.MetricHandler([metric], 3), es.LoggingHandler(), es.CheckpointHandler("x"),
        es.GradientUpdateHandler(), es.ValidationHandler(None, None), es.EarlyStoppingHandler(metric, mode="max"),
    ]  # fmt: skip
    plain = (int, float, str, bool, type(None))
    return [
        [type(each).__name__, sorted((key, value) for key, value in vars(each).items() if isinstance(value, plain))]
        for each in made
    ]


def bad_calls(mx):
    es = mx.gluon.contrib.estimator
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    made, _ = _made(mx)
    accuracy = mx.metric.Accuracy

    class Holds(es.EpochEnd):
        my_metric = accuracy()

    calls = [
        lambda: es.Estimator(made.net, "x"), lambda: es.Estimator(made.net, [loss]),
        lambda: es.Estimator(made.net, loss, trainer="x"), lambda: es.Estimator(made.net, loss, context="x"),
        lambda: es.Estimator(made.net, loss, train_metrics="x"),
        lambda: es.Estimator(made.net, loss, train_metrics=["x"]),
        lambda: es.Estimator(made.net, loss, batch_processor="x"), lambda: es.Estimator(made.net, loss, val_loss=3),
        lambda: made.fit(_data(mx)), lambda: made.fit(_data(mx), epochs=1, batches=2),
        lambda: made.fit(_data(mx), epochs=0), lambda: made.fit([1, 2], epochs=1),
        lambda: made.fit(mx.io.NDArrayIter(X, Y), epochs=1), lambda: made.fit(_data(mx), val_data=3, epochs=1),
        lambda: made.fit(_data(mx), epochs=1, event_handlers="x"),
        lambda: made.fit(_data(mx), epochs=1, event_handlers=[3]),
        lambda: made.fit(_data(mx), epochs=1, event_handlers=[es.MetricHandler([accuracy()])]),
        lambda: made.fit(_data(mx), epochs=1, event_handlers=[Holds()]), lambda: made.evaluate([1]),
        lambda: made.evaluate(_data(mx), event_handlers=[es.LoggingHandler(metrics=accuracy())]),
        lambda: es.LoggingHandler(log_interval="batch"), lambda: es.LoggingHandler(log_interval=1.5),
        lambda: es.LoggingHandler(metrics="x"), lambda: es.MetricHandler("x"),
        lambda: es.CheckpointHandler("x", save_best=True), lambda: es.EarlyStoppingHandler("x"),
        lambda: es.EarlyStoppingHandler(mx.metric.CompositeEvalMetric()),
    ]  # fmt: skip
    return outcomes(*map(_quiet, calls))
