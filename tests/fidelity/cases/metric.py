"""Metrics: values after batches, sums and counts, names, configurations, what they refuse."""

import numpy as np

from fidelity.support import data

CLASSES = 5


def _plain(value):
    """NumPy's numbers as Python's: which of the two a metric holds is nobody's business."""
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(each) for each in value)
    return value.item() if isinstance(value, np.generic) else value


def _probabilities(rows, classes=CLASSES, seed=0):
    scores = data((rows, classes), seed=seed, low=0.05, high=1.0)
    return (scores / scores.sum(1, keepdims=True)).astype("float32")


def _labels(rows, classes=CLASSES, seed=1):
    return data((rows,), seed=seed, low=0, high=classes, dtype="int32").astype("float32")


def _sums(metric):
    names = ("num_inst", "sum_metric", "global_num_inst", "global_sum_metric")
    return [float(getattr(metric, name)) for name in names]


def _seen(metric):
    return _plain(metric.get()), _plain(metric.get_global()), _sums(metric)


def _through(mx, metric, batches):
    """What a metric shows after each batch, after a local reset, another batch, and a reset."""
    seen = [_seen(metric)]
    for label, pred in batches:
        metric.update([mx.nd.array(label)], [mx.nd.array(pred)])
        seen.append(_seen(metric))
    metric.reset_local()
    seen.append(_seen(metric))
    metric.update([mx.nd.array(batches[0][0])], [mx.nd.array(batches[0][1])])
    seen.append(_seen(metric))
    metric.reset()
    seen.append(_seen(metric))
    return seen, _plain(metric.get_name_value())


def _classes(classes=CLASSES):
    return [(_labels(n, classes, seed=n), _probabilities(n, classes, seed=n + 1)) for n in (7, 16, 3)]


def _numbers(shape=(6, 1)):
    return [(data(shape, seed=i), data(shape, seed=i + 10)) for i in range(3)]


METRICS = {
    "accuracy": ("Accuracy", {}, _classes),
    "top_2": ("TopKAccuracy", {"top_k": 2}, _classes),
    "top_4": ("TopKAccuracy", {"top_k": 4}, _classes),
    "f1_macro": ("F1", {}, lambda: _classes(2)),
    "f1_micro": ("F1", {"average": "micro"}, lambda: _classes(2)),
    "mcc_macro": ("MCC", {}, lambda: _classes(2)),
    "mcc_micro": ("MCC", {"average": "micro"}, lambda: _classes(2)),
    "pcc": ("PCC", {}, _classes),
    "pcc_two_classes": ("PCC", {}, lambda: _classes(2)),
    "cross_entropy": ("CrossEntropy", {}, _classes),
    "cross_entropy_eps": ("CrossEntropy", {"eps": 0.1}, _classes),
    "negative_log_likelihood": ("NegativeLogLikelihood", {}, _classes),
    "perplexity": ("Perplexity", {"ignore_label": None}, _classes),
    "perplexity_ignoring": ("Perplexity", {"ignore_label": 1}, _classes),
    "mae": ("MAE", {}, _numbers),
    "mse": ("MSE", {}, _numbers),
    "rmse": ("RMSE", {}, _numbers),
    "mse_vectors": ("MSE", {}, lambda: _numbers((6,))),
    "mae_matrices": ("MAE", {}, lambda: _numbers((6, 3))),
    "pearson": ("PearsonCorrelation", {}, _numbers),
    "pearson_matrices": ("PearsonCorrelation", {}, lambda: _numbers((6, 3))),
    "loss": ("Loss", {}, _numbers),
    "torch": ("Torch", {}, _numbers),
    "caffe": ("Caffe", {}, _numbers),
}


def _metric(name, arguments, batches):
    def case(mx):
        return _through(mx, getattr(mx.metric, name)(**arguments), batches())

    def described(mx):
        metric = getattr(mx.metric, name)(**arguments)
        renamed = getattr(mx.metric, name)(name="other", **arguments)
        return str(metric), metric.get_config(), renamed.name, str(renamed)

    return case, described


for _label, _what in METRICS.items():
    globals()[_label], globals()[_label + "_described"] = _metric(*_what)


def pearson_micro(mx):
    metric, seen = mx.metric.PearsonCorrelation(average="micro"), []
    for label, pred in _numbers((5, 2)):
        metric.update([mx.nd.array(label)], [mx.nd.array(pred)])
        seen.append(_plain(metric.get()))
    metric.reset()
    return seen, metric.get()


# ---------------------------------------------------------------- forms of labels and predictions


def _value(mx, metric, label, pred):
    metric.update(label, pred)
    return _plain(metric.get())


def single_arrays(mx):
    label, pred = mx.nd.array([1, 0, 0]), mx.nd.array(_probabilities(3, 2))
    return _value(mx, mx.metric.Accuracy(), label, pred), _value(mx, mx.metric.CrossEntropy(), label, pred)


def several_outputs(mx):
    labels = [mx.nd.array(_labels(4, seed=i)) for i in range(2)]
    preds = [mx.nd.array(_probabilities(4, seed=i)) for i in range(2)]
    numbers = [mx.nd.array(data((4, 1), seed=i)) for i in range(4)]
    return (
        [_value(mx, mx.metric.create(n), labels, preds) for n in ("acc", "ce", "pcc")],
        [_value(mx, mx.metric.create(n), numbers[:2], numbers[2:]) for n in ("mse", "mae", "rmse", "pearsonr", "loss")],
        _value(mx, mx.metric.Perplexity(None), labels, preds),
    )


def accuracy_of_classes(mx):
    found = mx.nd.array([1, 0, 1, 0])
    return _value(mx, mx.metric.Accuracy(), mx.nd.array([1, 0, 0, 0]), found)


def accuracy_other_axes(mx):
    pred = mx.nd.array(data((2, 4, 3)))
    by_row = mx.nd.array(data((2, 3), low=0, high=4, dtype="int32"))
    by_last = mx.nd.array(data((2, 4), low=0, high=3, dtype="int32"))
    return (
        _value(mx, mx.metric.Accuracy(), by_row, pred),
        _value(mx, mx.metric.Accuracy(axis=-1), by_last, pred),
        _value(mx, mx.metric.Accuracy(axis=2), by_last, pred),
    )


def accuracy_columns_and_dtypes(mx):
    pred = mx.nd.array(_probabilities(4, 3))
    label = mx.nd.array([[1], [0], [2], [0]])
    return [
        _value(mx, mx.metric.Accuracy(), label.astype(a), pred.astype(b))
        for a, b in (("float32", "float32"), ("int32", "float64"), ("int64", "float16"), ("uint8", "float32"))
    ]


def accuracy_fractions_are_cut(mx):
    return _value(mx, mx.metric.Accuracy(), mx.nd.array([1.7, 0.2]), mx.nd.array([0.9, 0.2]))


def accuracy_of_equal_scores(mx):
    return _value(mx, mx.metric.Accuracy(), mx.nd.array([0, 1, 2]), mx.nd.ones((3, 3)))


def top_k_of_vectors(mx):
    label = mx.nd.array([2, 0, 1, 3])
    return [_value(mx, mx.metric.TopKAccuracy(2), label, mx.nd.array(p)) for p in ([2, 0, 1, 3], [1, 2, 0, 3])]


def top_k_column_labels(mx):
    metric = mx.metric.TopKAccuracy(2)
    return _value(mx, metric, mx.nd.array([2, 0]), mx.nd.array([[0.1, 0.2, 0.7], [0.3, 0.4, 0.2]]))


def pcc_of_classes(mx):
    return _value(mx, mx.metric.PCC(), mx.nd.array([1, 0, 1]), mx.nd.array([1, 0, 0]))


def pcc_grows(mx):
    metric = mx.metric.PCC()
    values = [_value(mx, metric, mx.nd.array([1, 0, 1]), mx.nd.array([1, 0, 0]))]
    values.append(_value(mx, metric, mx.nd.array([1, 3, 2]), mx.nd.array([4, 3, 2])))
    return values, int(metric.k), np.asarray(metric.gcm)


def pcc_without_spread(mx):
    return _value(mx, mx.metric.PCC(), mx.nd.array([1, 1]), mx.nd.array([1, 1]))


def binary_without_positives(mx):
    label, pred = mx.nd.array([0, 0]), mx.nd.array([[0.9, 0.1], [0.8, 0.2]])
    return _value(mx, mx.metric.F1(), label, pred), _value(mx, mx.metric.MCC(), label, pred)


def binary_counts(mx):
    counts = mx.metric._BinaryClassificationMetrics()
    counts.update_binary_stats(mx.nd.array([1, 0, 1, 1]), mx.nd.array([[0.3, 0.7], [0.6, 0.4], [0.6, 0.4], [0.2, 0.8]]))
    names = ("true_positives", "false_negatives", "false_positives", "true_negatives")
    numbers = [int(getattr(counts, name)) for name in names]
    scores = [counts.precision, counts.recall, counts.fscore, counts.matthewscc(), counts.global_fscore]
    return numbers, [float(score) for score in scores], int(counts.total_examples)


def cross_entropy_of_column_labels(mx):
    pred = mx.nd.array([[0.2, 0.8], [0.3, 0.7]])
    return _value(mx, mx.metric.CrossEntropy(), mx.nd.array([[0], [1]]), pred)


def cross_entropy_of_certainty(mx):
    return _value(mx, mx.metric.CrossEntropy(eps=1e-3), mx.nd.array([1, 0]), mx.nd.array([[1, 0], [1, 0]]))


def perplexity_of_sequences(mx):
    metric = mx.metric.Perplexity(ignore_label=0)
    pred = mx.nd.array(_probabilities(6, 4).reshape(2, 3, 4))
    return _value(mx, metric, mx.nd.array([[1, 0, 3], [2, 2, 0]]), pred)


def perplexity_all_ignored(mx):
    return _value(mx, mx.metric.Perplexity(1), mx.nd.array([1, 1]), mx.nd.array(_probabilities(2, 2)))


def regression_of_vectors_and_columns(mx):
    column, vector = mx.nd.array([[1.5], [1.0], [3.5]]), mx.nd.array([1.0, 2.0, 3.0])
    return [
        [_value(mx, mx.metric.create(n), a, b) for a, b in ((vector, column), (column, vector), (vector, vector + 1))]
        for n in ("mae", "mse", "rmse")
    ]


def loss_of_lists(mx):
    metric = mx.metric.Loss()
    metric.update(None, mx.nd.array([1, 2, 3]))
    metric.update(0, [mx.nd.array([1, 2]), mx.nd.array([[3, 4], [5, 6]])])
    return _seen(metric)


def half_precision(mx):
    label, pred = mx.nd.array(_labels(9)), mx.nd.array(_probabilities(9)).astype("float16")
    return [_value(mx, mx.metric.create(n), label, pred)[0] for n in ("acc", "ce", "f1")[:2]]


# ---------------------------------------------------------------- made of others, of functions, by name


def composite(mx):
    metric = mx.metric.CompositeEvalMetric([mx.metric.Accuracy(), "ce"])
    metric.add("nll_loss")
    label, pred = mx.nd.array(_labels(5)), mx.nd.array(_probabilities(5))
    metric.update([label], [pred])
    seen = [_plain(metric.get()), _plain(metric.get_global()), _plain(metric.get_global_name_value())]
    metric.reset_local()
    seen += [_plain(metric.get()), _plain(metric.get_global())]
    metric.reset()
    seen += [_plain(metric.get()), metric.get_config(), str(metric), metric.get_metric(1).name]
    return seen, type(metric.get_metric(7)).__name__


def composite_by_name(mx):
    label, pred = mx.nd.array(_labels(5)), mx.nd.array(_probabilities(5))
    metric = mx.metric.CompositeEvalMetric(["acc", "ce"], output_names=["o"], label_names=["l"])
    metric.update_dict({"l": label, "other": label}, {"o": pred, "unused": pred})
    return _plain(metric.get())


def arrays_by_name(mx):
    label, pred = mx.nd.array(_labels(5)), mx.nd.array(_probabilities(5))
    metric = mx.metric.Accuracy(output_names=["o"], label_names=["l"])
    metric.update_dict({"l": label, "other": label}, {"o": pred, "unused": pred})
    every = mx.metric.Accuracy()
    every.update_dict({"l": label}, {"o": pred})
    return _plain(metric.get()), _plain(every.get()), metric.get_config()


def arrays_by_name_missing(mx):
    metric = mx.metric.Accuracy(output_names=["o"])
    metric.update_dict({"l": mx.nd.ones((2,))}, {"p": mx.nd.ones((2, 2))})


def _difference(label, pred):
    return float(np.abs(label - pred.argmax(1)).sum())


def functions(mx):
    metrics = [
        mx.metric.CustomMetric(_difference),
        mx.metric.np(_difference),
        mx.metric.create(_difference),
        mx.metric.CustomMetric(lambda label, pred: (float(label.sum()), len(label)), name="two"),
        mx.metric.np(lambda label, pred: 1.0),
        mx.metric.np(lambda label, pred: 1.0, "named"),
    ]
    seen = []
    for metric in metrics:
        for label, pred in _classes():
            metric.update([mx.nd.array(label)], [mx.nd.array(pred)])
        seen.append((_seen(metric), str(metric)))
    return seen


def function_with_extra_outputs(mx):
    label, pred = mx.nd.array(_labels(4)), mx.nd.array(_probabilities(4))
    metric = mx.metric.CustomMetric(_difference, allow_extra_outputs=True)
    metric.update([label], [pred, pred])
    return _plain(metric.get())


def function_with_extra_outputs_refused(mx):
    label, pred = mx.nd.array(_labels(4)), mx.nd.array(_probabilities(4))
    mx.metric.CustomMetric(_difference).update([label], [pred, pred])


def function_has_no_configuration(mx):
    mx.metric.CustomMetric(_difference).get_config()


def create(mx):
    make = mx.metric.create
    made = [
        make(name)
        for name in (
            "acc",
            "Accuracy",
            "CE",
            "f1",
            "mcc",
            "pcc",
            "mae",
            "mse",
            "rmse",
            "nll_loss",
            "pearsonr",
            "loss",
            "torch",
            "caffe",
            "composite",
            "crossentropy",
        )
    ]
    made += [
        make("top_k_accuracy", top_k=3),
        make("top_k_acc", 3),
        make("perplexity", ignore_label=0),
        make("perplexity", None),
        make(mx.metric.Accuracy()),
        make(["acc", "mse"]),
        make("mse", name="bar"),
        make('{"metric": "Accuracy", "axis": 2, "name": "q"}'),
        make('["acc", {"axis": 2}]'),
    ]
    return [(type(metric).__name__, metric.get_config()) for metric in made]


def create_again(mx):
    config = mx.metric.create(["acc", mx.metric.CrossEntropy(eps=0.1)]).get_config()
    return mx.metric.create(config["metrics"][1]["metric"], eps=config["metrics"][1]["eps"]).eps


REFUSED = {
    "create_unknown": ("nope",),
    "create_from_a_number": (3,),
    "create_from_none": (None,),
    "create_from_a_tuple": (("acc", "mse"),),
    "create_top_1": ("top_k_accuracy",),
}


def _refused(arguments):
    def case(mx):
        mx.metric.create(*arguments)

    return case


for _label, _given in REFUSED.items():
    globals()[_label] = _refused(_given)


def create_unknown_argument(mx):
    mx.metric.create("acc", foo=1)


def own_metric(mx):
    class Fives(mx.metric.EvalMetric):
        def __init__(self, name="fives", **kwargs):
            super().__init__(name, **kwargs)

        def update(self, labels, preds):
            self.sum_metric += 5
            self.num_inst += 2

    mx.metric.register(Fives)
    mx.metric.alias("cinq")(Fives)
    metric = mx.metric.create("cinq", extra=1)
    metric.update(1, 2)
    before = _plain(metric.get()), _plain(metric.get_global()), metric.get_config()
    metric.reset_local()
    return before, metric.get_global(), str(mx.metric.create("fives"))


def base_class(mx):
    metric = mx.metric.EvalMetric("x", foo=3)
    return str(metric), metric.get(), metric.get_name_value(), metric.get_config()


def base_class_update(mx):
    mx.metric.EvalMetric("x").update(1, 2)


# ---------------------------------------------------------------- what does not go together


def label_shapes(mx):
    one, two = mx.nd.array([1.0]), mx.nd.array([2.0])
    check = mx.metric.check_label_shapes
    return check(one, two), check(one, two, True), check([one], two, True), check(one, two, True, True)


def label_lengths_differ(mx):
    mx.metric.check_label_shapes([1], [1, 2])


def label_shapes_differ(mx):
    mx.metric.check_label_shapes(mx.nd.ones((2, 1)), mx.nd.ones((2,)), shape=True)


WRONG = {
    "accuracy_rows_differ": ("acc", (2,), (4, 2)),
    "cross_entropy_rows_differ": ("ce", (3,), (2, 2)),
    "f1_rows_differ": ("f1", (2,), (4, 2)),
    "mse_rows_differ": ("mse", (2,), (3,)),
    "pearson_shapes_differ": ("pearsonr", (3, 1), (3,)),
    "f1_of_classes": ("f1", (4,), (4,)),
}


def _wrong(name, label, pred):
    def case(mx):
        mx.metric.create(name).update([mx.nd.zeros(label)], [mx.nd.ones(pred)])

    return case


for _label, _given in WRONG.items():
    globals()[_label] = _wrong(*_given)


def accuracy_counts_differ(mx):
    mx.metric.Accuracy().update([mx.nd.zeros((2,))], [mx.nd.ones((2, 2))] * 2)


def f1_of_three_classes(mx):
    mx.metric.F1().update([mx.nd.array([0, 1, 2])], [mx.nd.array(_probabilities(3, 2))])


def cross_entropy_unknown_class(mx):
    mx.metric.CrossEntropy().update([mx.nd.array([0, 2])], [mx.nd.array(_probabilities(2, 2))])


def top_k_too_large(mx):
    mx.metric.TopKAccuracy(5).update([mx.nd.array([0, 1])], [mx.nd.array(_probabilities(2, 2))])


def top_k_three_axes(mx):
    mx.metric.TopKAccuracy(2).update([mx.nd.array([0])], [mx.nd.ones((1, 2, 3))])


def perplexity_rows_differ(mx):
    mx.metric.Perplexity(None).update([mx.nd.array([0])], [mx.nd.array(_probabilities(2, 2))])
