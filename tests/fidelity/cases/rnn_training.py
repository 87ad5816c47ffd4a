"""Networks with symbolic cells in use: sentences in buckets, checkpoints, and a language model that is trained."""

import os
import random
import tempfile

import numpy as np

from fidelity.support import tolerance

SENTENCES = [[1, 2, 3], [2, 3], [4, 5, 6, 7], [1], [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 1], [2, 2], [5, 4], [1, 2, 3, 3],
             [9, 9, 9, 9]]  # fmt: skip


def _passes(it, count=2):
    passes = []
    for _ in range(count):
        passes.append([
            (b.bucket_key, b.data[0], b.label[0], b.pad, b.index, str(b.provide_data), str(b.provide_label))
            for b in it
        ])  # fmt: skip
        it.reset()
    return passes


def buckets(mx):
    settings = [
        {}, {"buckets": [2, 4], "layout": "TN"}, {"buckets": [1]}, {"buckets": []},
        {"buckets": [4, 2, 9], "invalid_label": 0, "dtype": "int32", "data_name": "d", "label_name": "l"},
    ]  # fmt: skip
    found = []
    for given in settings:
        random.seed(3)
        np.random.seed(4)
        it = mx.rnn.BucketSentenceIter(SENTENCES, 2, **given)
        face = (
            it.buckets, it.default_bucket_key, str(it.provide_data), str(it.provide_label), it.batch_size, it.layout,
            it.major_axis, it.data_name, it.label_name, it.invalid_label, it.dtype, list(it.idx),
        )  # fmt: skip
        found.append((face, _passes(it), it.data, random.random(), float(np.random.rand())))
    return found


def buckets_empty_sentence(mx):
    return _passes(mx.rnn.BucketSentenceIter([[], [1]], 1, buckets=[1]), 1)


def buckets_without_sentences(mx):
    mx.rnn.BucketSentenceIter([], 2)


def buckets_without_batch(mx):
    mx.rnn.BucketSentenceIter([[1, 2]], 0)


def buckets_layout(mx):
    mx.rnn.BucketSentenceIter(SENTENCES, 2, layout="XX")


def encoded(mx):
    encode = mx.rnn.encode_sentences
    known = {"a": 5, "b": 3}
    return [
        encode([["a", "b"], ["b", "c"]]), encode([["a", "b"], ["\n"]], start_label=1, invalid_label=0),
        encode([["a", "b", "c"]], start_label=1, invalid_label=2), encode([], invalid_key="k"), encode([[1, 2, 1]]),
        encode([["a", "b"]], known), known, encode([["a", "x"]], {"a": 5, "u": 0}, unknown_token="u"),
        encode([["a", "x"]], {"a": 5}, unknown_token="u"),
    ]  # fmt: skip


def encoded_unknown(mx):
    mx.rnn.encode_sentences([["a", "b"]], {"a": 5})


def encoded_unknown_with_a_number(mx):
    return mx.rnn.encode_sentences([["x", "y"]], {"a": 5, "u": 7}, unknown_token="u")


def checkpoints(mx):
    cell = mx.rnn.FusedRNNCell(2, mode="gru", prefix="a_")
    outputs, _ = cell.unroll(2, mx.sym.Variable("x"), merge_outputs=True)
    (size,) = outputs.infer_shape(x=(1, 2, 3))[0][1]
    weights = {"a_parameters": mx.nd.arange(size)}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m")
        mx.rnn.save_rnn_checkpoint(cell, path, 3, outputs, weights, {})
        stored = sorted(mx.nd.load(path + "-0003.params"))
        symbol, args, aux = mx.rnn.load_rnn_checkpoint([cell], path, 3)
        other = os.path.join(folder, "n")
        for period in (2, 0):
            write = mx.rnn.do_rnn_checkpoint([cell], other + str(period), period)
            for epoch in range(4):
                write(epoch, outputs, weights, {})
        return stored, args, aux, symbol.list_arguments(), sorted(os.listdir(folder))


def _sentences():
    draw = np.random.RandomState(0)
    return [[int(word) for word in 1 + np.cumsum(draw.randint(1, 4, size=draw.choice([4, 7]))) % 12] for _ in range(60)]


def _model(mx, cells, units=8):
    def graph(length):
        words, label = mx.sym.Variable("data"), mx.sym.Variable("softmax_label")
        vectors = mx.sym.Embedding(data=words, input_dim=13, output_dim=6, name="embed")
        cells.reset()
        outputs, _ = cells.unroll(length, inputs=vectors, merge_outputs=True)
        logits = mx.sym.FullyConnected(mx.sym.Reshape(outputs, shape=(-1, units)), num_hidden=13, name="logits")
        loss = mx.sym.SoftmaxOutput(logits, mx.sym.Reshape(label, shape=(-1,)), name="softmax", use_ignore=True,
                                    ignore_label=0)  # fmt: skip
        return loss, ("data",), ("softmax_label",)

    return graph


def _trained(mx, cells, batches=12):
    """The perplexity after each batch, and the parameters after all of them."""
    it = mx.rnn.BucketSentenceIter(_sentences(), 5, buckets=[4, 7], invalid_label=0)
    module = mx.mod.BucketingModule(_model(mx, cells), default_bucket_key=it.default_bucket_key)
    module.bind(it.provide_data, it.provide_label)
    module.init_params(mx.init.Xavier(factor_type="in", magnitude=2.34))
    module.init_optimizer(optimizer="sgd", optimizer_params={"learning_rate": 0.5, "momentum": 0.5, "wd": 1e-5})
    metric, found = mx.metric.Perplexity(0), []
    while len(found) < batches:
        it.reset()
        for batch in it:
            metric.reset()
            module.forward(batch, is_train=True)
            module.update_metric(metric, batch.label)
            module.backward()
            module.update()
            found.append((batch.bucket_key, float(metric.get()[1])))
            if len(found) == batches:
                break
    return found, dict(sorted(module.get_params()[0].items()))


@tolerance(1e-4, 1e-5, "twelve updates of a recurrent network")
def language_model(mx):
    stack = mx.rnn.SequentialRNNCell()
    stack.add(mx.rnn.LSTMCell(8, prefix="lstm_l0_"))
    stack.add(mx.rnn.LSTMCell(8, prefix="lstm_l1_"))
    return _trained(mx, stack)


@tolerance(1e-4, 1e-5, "twelve updates of a recurrent network")
def language_model_fused(mx):
    return _trained(mx, mx.rnn.FusedRNNCell(8, num_layers=2, mode="gru", prefix="gru_"))


def language_model_bucket_without_a_key(mx):
    """A batch that does not say of which bucket it is."""
    cells = mx.rnn.LSTMCell(8)
    module = mx.mod.BucketingModule(_model(mx, cells), default_bucket_key=4)
    described = [("data", (5, 4))], [("softmax_label", (5, 4))]
    module.bind(*described)
    module.init_params()
    arrays = [mx.nd.zeros((5, 4))], [mx.nd.zeros((5, 4))]
    module.forward(mx.io.DataBatch(*arrays, provide_data=described[0], provide_label=described[1]))
