"""Training by modules and FeedForward: the lines logged, what callbacks are told, and the numbers that come out."""

import contextlib
import logging
import os
import re
import tempfile
import warnings

import numpy as np

from fidelity.support import data


@contextlib.contextmanager
def _logged():
    """The texts logged inside, without times."""

    class Keep(logging.Handler):
        def emit(self, record):
            text = record.getMessage()
            if "Time cost" not in text:
                texts.append(re.sub(r"(\d\.\d{3})\d+", r"\1", text))

    texts, root, handler = [], logging.getLogger(), Keep()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield texts
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@contextlib.contextmanager
def _folder():
    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _plain(named):
    """A name and a value, the value a Python number."""
    return named[0], float(named[1])


def _mlp(mx, dropout=0):
    x = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=8, name="fc1")
    x = mx.sym.Activation(x, act_type="relu", name="relu1")
    if dropout:
        x = mx.sym.Dropout(x, p=dropout)
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=3, name="fc2"), name="softmax")


def _lenet(mx):
    x = mx.sym.Variable("data")
    for number, channels in ((1, 4), (2, 6)):
        x = mx.sym.Convolution(x, kernel=(3, 3), num_filter=channels, no_bias=True, name="conv%d" % number)
        x = mx.sym.BatchNorm(x, fix_gamma=False, name="bn%d" % number)
        x = mx.sym.Pooling(mx.sym.Activation(x, act_type="tanh"), pool_type="max", kernel=(2, 2), stride=(2, 2))
    x = mx.sym.FullyConnected(mx.sym.Flatten(x), num_hidden=10, name="fc1")
    x = mx.sym.FullyConnected(mx.sym.Activation(x, act_type="tanh"), num_hidden=3, name="fc2")
    return mx.sym.SoftmaxOutput(x, name="softmax")


def _vectors(count=40):
    return data((count, 5)), np.arange(count) * 7 % 3


def _pictures(count=40):
    return data((count, 1, 14, 14)), np.arange(count) * 7 % 3


def _fitted(mx, network=None, arrays=None, context=None, scored=True, module=None, **arguments):
    """What a run logs, and the parameters after it."""
    x, y = arrays or _vectors()
    batches = mx.io.NDArrayIter(x, y, 8, shuffle=True)
    scored = mx.io.NDArrayIter(x[:20], y[:20], 8) if scored else None
    network = _mlp(mx) if network is None else network
    module = module or mx.mod.Module(network, context=context or mx.cpu())
    defaults = {"num_epoch": 3, "optimizer_params": {"learning_rate": 0.3, "momentum": 0.9}}
    with _logged() as texts, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module.fit(batches, scored, **{**defaults, **arguments})
    return list(texts), module.get_params()


def sgd(mx):
    return _fitted(mx)


def sgd_by_a_store(mx):
    return _fitted(mx, kvstore=mx.kv.create("local"))


def sgd_without_a_store(mx):
    return _fitted(mx, kvstore=None, optimizer_params=(("learning_rate", 0.1), ("wd", 0.01)))


def adam(mx):
    metric = mx.metric.create(["acc", "ce"])
    made = {"optimizer": "adam", "optimizer_params": {"learning_rate": 0.01}, "eval_metric": metric}
    return _fitted(mx, initializer=mx.init.Xavier(), validation_metric="ce", **made)


def optimizer_that_there_is(mx):
    made = mx.optimizer.SGD(learning_rate=0.02, momentum=0.5, rescale_grad=1.0)
    return _fitted(mx, optimizer=made), made.idx2name


def dropout(mx):
    return _fitted(mx, _mlp(mx, 0.3))


def several_contexts(mx):
    return _fitted(mx, context=[mx.cpu(0), mx.cpu(1)], optimizer_params={"learning_rate": 0.1})


def several_contexts_without_a_store(mx):
    return _fitted(mx, context=[mx.cpu(0), mx.cpu(1)], kvstore=None, optimizer_params={"learning_rate": 0.1})


def lenet_sgd(mx):
    made = {"initializer": mx.init.Xavier(), "optimizer_params": {"learning_rate": 0.05, "momentum": 0.9}}
    return _fitted(mx, _lenet(mx), _pictures(), eval_metric=["acc", "ce"], **made)


def lenet_adam(mx):
    made = {"initializer": mx.init.Normal(0.1), "optimizer": "adam", "optimizer_params": {"learning_rate": 0.005}}
    return _fitted(mx, _lenet(mx), _pictures(), scored=False, **made)


def fixed_parameters(mx):
    return _fitted(mx, module=mx.mod.Module(_mlp(mx), fixed_param_names=["fc1_weight", "fc1_bias"]))


def from_parameters(mx):
    given = {"fc1_weight": mx.nd.array(data((8, 5)))}
    return _fitted(mx, arg_params=given, allow_missing=True, begin_epoch=2, num_epoch=4)


def from_too_few_parameters(mx):
    _fitted(mx, arg_params={"fc1_weight": mx.nd.array(data((8, 5)))})


def without_epochs(mx):
    _fitted(mx, num_epoch=None)


def callbacks(mx):
    calls = []

    def after(what):
        def call(param):
            wanted = {"self", "epoch", "nbatch", "eval_metric", "data_batch", "eval_batch", "train_data", "eval_data"}
            known = sorted(set(param.locals) & wanted)
            calls.append((what, param.epoch, param.nbatch, _plain(param.eval_metric.get()), known))

        return call

    def after_epoch(epoch, symbol, arguments, states):
        calls.append((epoch, symbol.list_outputs(), sorted(arguments), sorted(states)))

    _fitted(
        mx,
        num_epoch=2,
        batch_end_callback=[after("batch"), after("batch again")],
        epoch_end_callback=after_epoch,
        eval_end_callback=after("scored"),
        eval_batch_end_callback=after("scored batch"),
    )
    return calls


def speedometer(mx):
    found = _fitted(mx, batch_end_callback=mx.callback.Speedometer(8, 2), scored=False)[0]
    return [re.sub(r"Speed: [\d.]+|\d+ samples", "Speed", text) for text in found]


def checkpoints(mx):
    with _folder():
        module = mx.mod.Module(_mlp(mx))
        save = [mx.callback.do_checkpoint("a", 2), mx.callback.module_checkpoint(module, "b", 3, True)]
        texts, _ = _fitted(mx, module=module, epoch_end_callback=save, num_epoch=3)
        again = mx.mod.Module.load("b", 3, load_optimizer_states=True)
        before = again.params_initialized
        found = _fitted(mx, module=again, begin_epoch=3, num_epoch=4)
        return sorted(os.listdir(".")), texts, before, found, mx.model.load_checkpoint("a", 2)[1:]


def monitored(mx):
    monitor = mx.mon.Monitor(2, pattern="(?!.*backward)")
    return _fitted(mx, monitor=monitor, num_epoch=1, scored=False)


def monitored_in_order_of_names(mx):
    monitor = mx.mon.Monitor(3, stat_func=lambda x: x.max(), pattern="fc.*(weight|output)$", sort=True)
    return _fitted(mx, monitor=monitor, num_epoch=1, scored=False)


# ---------------------------------------------------------------- several graphs


def _unrolled(mx):
    def make(key):
        words = mx.sym.Embedding(mx.sym.Variable("data"), input_dim=5, output_dim=3, name="embedding")
        x = mx.sym.FullyConnected(mx.sym.sum(words, axis=1) * (1.0 / key), num_hidden=2, name="fc")
        return mx.sym.SoftmaxOutput(x, name="softmax"), ("data",), ("softmax_label",)

    return make


def _sentences(mx):
    class Sentences(mx.io.DataIter):
        default_bucket_key = 6

        def __init__(self):
            super().__init__(4)
            self.reset()
            self.provide_data = [("data", (4, 6))]
            self.provide_label = [("softmax_label", (4,))]

        def reset(self):
            self.lengths = iter([6, 3, 6, 4, 3])

        def next(self):
            length = next(self.lengths)
            words = data((4, length), seed=length, low=0, high=5, dtype="int32")
            return mx.io.DataBatch(
                [mx.nd.array(words)], [mx.nd.array(words[:, 0] % 2)], 0, bucket_key=length,
                provide_data=[("data", (4, length))], provide_label=[("softmax_label", (4,))],
            )  # fmt: skip

    return Sentences()


def buckets(mx):
    module = mx.mod.BucketingModule(_unrolled(mx), default_bucket_key=6)
    names = tuple(module.data_names), module.output_names
    with _logged() as texts:
        module.fit(
            _sentences(mx), _sentences(mx), num_epoch=3, eval_metric="ce", optimizer="adam",
            optimizer_params={"learning_rate": 0.05}, initializer=mx.init.Normal(0.1),
        )  # fmt: skip
    described = [tuple(each) for each in module.data_shapes], module.output_shapes
    return names, list(texts), module.get_params(), described, module.symbol.list_arguments()


def bucket_checkpoints(mx):
    with _folder():
        module = mx.mod.BucketingModule(_unrolled(mx), default_bucket_key=6)
        module.fit(_sentences(mx), num_epoch=1, optimizer_params={"learning_rate": 0.5})
        module.save_checkpoint("net", 2)
        again = mx.mod.BucketingModule.load("net", 2, sym_gen=_unrolled(mx), default_bucket_key=6)
        again.bind([("data", (4, 6))], [("softmax_label", (4,))], for_training=False)
        scores = [_plain(each.score(_sentences(mx), "ce")[0]) for each in (module, again)]
        return sorted(os.listdir(".")), mx.nd.load("net.buckets"), scores, again.get_params()


def buckets_without_default(mx):
    mx.mod.BucketingModule(_unrolled(mx))


def bucket_of_a_batch_without_shapes(mx):
    module = mx.mod.BucketingModule(_unrolled(mx), default_bucket_key=6)
    module.bind([("data", (4, 6))], [("softmax_label", (4,))])
    module.init_params()
    module.forward(mx.io.DataBatch([mx.nd.zeros((4, 6))], [mx.nd.zeros(4)]))


# ---------------------------------------------------------------- modules one after the other


def _halves(mx, second="ar_output"):
    first = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="a")
    first = mx.sym.Activation(first, act_type="relu", name="ar")
    last = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var(second), num_hidden=3, name="b"), name="softmax")
    return mx.mod.Module(first, label_names=None), mx.mod.Module(last, data_names=[second])


def sequence(mx):
    first, last = _halves(mx)
    module = mx.mod.SequentialModule().add(first).add(last, take_labels=True)
    names = module.data_names, module.output_names
    found = _fitted(mx, module=module)
    return names, found, module.output_shapes, module.get_outputs()[0].shape


def sequence_wired_by_order(mx):
    first, last = _halves(mx, "data")
    module = mx.mod.SequentialModule()
    module.add(first)
    module.add(last, take_labels=True, auto_wiring=True)
    return _fitted(mx, module=module, num_epoch=1)


def sequence_with_a_loss_in_python(mx):
    first, _ = _halves(mx)
    loss = mx.mod.PythonLossModule(grad_func=lambda scores, labels: (scores - labels.reshape((-1, 1))).asnumpy())
    module = mx.mod.SequentialModule().add(first).add(loss, take_labels=True, auto_wiring=True)
    x, y = _vectors()
    batches = mx.io.NDArrayIter(x, y, 8)
    module.fit(batches, eval_metric="ce", num_epoch=1, optimizer_params={"learning_rate": 0.01})
    return module.get_params(), loss.output_shapes, loss.get_outputs()[0].shape, loss.get_params()


def sequence_of_nothing(mx):
    mx.mod.SequentialModule().bind([("data", (1, 2))])


def sequence_with_another_argument(mx):
    mx.mod.SequentialModule().add(_halves(mx)[0], foo=1)


def sequence_with_a_name_twice(mx):
    module = mx.mod.SequentialModule().add(_halves(mx)[0])
    again = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="a")
    module.add(mx.mod.Module(again, label_names=None), auto_wiring=True)
    module.bind([("data", (1, 4))])
    module.init_params()


# ---------------------------------------------------------------- FeedForward


def _feed(mx, **arguments):
    defaults = {"num_epoch": 2, "learning_rate": 0.3, "momentum": 0.9, "numpy_batch_size": 16}
    return mx.model.FeedForward(_mlp(mx), **{**defaults, **arguments})


def feed_forward(mx):
    x, y = _vectors()
    calls = []
    model = _feed(mx)
    with _logged() as texts:
        model.fit(
            x, y, eval_data=(x[:20], y[:20]),
            batch_end_callback=lambda param: calls.append((param.epoch, param.nbatch)),
            epoch_end_callback=lambda *arguments: calls.append((arguments[0], sorted(arguments[2]))),
        )  # fmt: skip
    batches = mx.io.NDArrayIter(x, y, 16)
    returned = model.predict(batches, return_data=True)
    return (
        list(texts), calls, model.arg_params, model.aux_params, model.predict(x), float(model.score(batches)),
        float(model.score(batches, "ce", num_batch=1)), returned, model.predict(batches, num_batch=1).shape,
    )  # fmt: skip


def feed_forward_epochs_of_a_size(mx):
    x, y = _vectors()
    model = _feed(mx, epoch_size=2, num_epoch=4)
    with _logged() as texts:
        model.fit(x, y, eval_data=(x[:20], y[:20]))
    return list(texts), model.arg_params


def feed_forward_files(mx):
    x, y = _vectors()
    with _folder():
        model = _feed(mx)
        model.fit(x, y)
        model.save("net")
        model.save("net", 7)
        again = mx.model.FeedForward.load("net", 2, numpy_batch_size=8)
        return sorted(os.listdir(".")), again.begin_epoch, again.num_epoch, again.predict(x), model.predict(x)


def feed_forward_created(mx):
    x, y = _vectors()
    batches = mx.io.NDArrayIter(x, y, 8)
    model = mx.model.FeedForward.create(_mlp(mx), batches, num_epoch=2, optimizer="adam", learning_rate=0.02)
    return model.arg_params


def feed_forward_without_labels(mx):
    _feed(mx).fit(_vectors()[0])


def feed_forward_of_other_lengths(mx):
    _feed(mx).fit(_vectors()[0], np.zeros(3))


def feed_forward_of_a_list(mx):
    _feed(mx).fit([1, 2], np.zeros(2))


def feed_forward_without_epochs(mx):
    _feed(mx, num_epoch=None).fit(*_vectors())
