"""The commonest mistakes of a first hour, each as a line of a program; what is compared is the class of the error.

What the message says, and how long the traceback is, is in `tests/test_mistakes.py`.
"""

from __future__ import annotations

import numpy as np

#: the lines of a program, in which `mx`, `nd`, `nn`, `gluon`, NumPy's `np` and an empty network `net` are there
MISTAKES = {
    # losses
    "loss_swapped": "gluon.loss.SoftmaxCrossEntropyLoss()(nd.array([0, 1, 2, 3]), nd.ones((4, 10)))",
    "loss_one_hot": "gluon.loss.SoftmaxCrossEntropyLoss()(nd.ones((4, 10)), nd.one_hot(nd.array([0, 1, 2, 3]), 10))",
    "loss_one_hot_hybridized": (
        "l = gluon.loss.SoftmaxCrossEntropyLoss(); l.hybridize(); l(nd.ones((4, 3)), nd.ones((4, 3)))"
    ),
    "loss_other_batch": "gluon.loss.SoftmaxCrossEntropyLoss()(nd.ones((4, 10)), nd.ones((3,)))",
    "loss_dense_label": "gluon.loss.SoftmaxCrossEntropyLoss(sparse_label=False)(nd.ones((4, 10)), nd.ones((4,)))",
    "loss_numpy_label": "gluon.loss.SoftmaxCrossEntropyLoss()(nd.ones((4, 10)), np.zeros(4))",
    "loss_without_label": "gluon.loss.SoftmaxCrossEntropyLoss()(nd.ones((4, 10)))",
    "loss_l2_shapes": "gluon.loss.L2Loss()(nd.ones((4, 10)), nd.ones((4,)))",
    "loss_sigmoid_shapes": "gluon.loss.SigmoidBCELoss()(nd.ones((4, 10)), nd.ones((4,)))",
    "loss_kl_shapes": "gluon.loss.KLDivLoss()(nd.ones((4, 10)), nd.ones((4,)))",
    "loss_sample_weight": "gluon.loss.L2Loss()(nd.ones((4, 10)), nd.ones((4, 10)), nd.ones((4,)))",
    # metrics
    "metric_accuracy_swapped": "mx.metric.Accuracy().update(nd.ones((4, 10)), nd.array([0, 1, 2, 3]))",
    "metric_f1_swapped": "mx.metric.F1().update([nd.ones((4, 10))], [nd.array([0, 1, 2, 3])])",
    "metric_pcc_swapped": "mx.metric.PCC().update([nd.ones((4, 10))], [nd.array([0, 1, 2, 3])])",
    "metric_cross_entropy_swapped": "mx.metric.CrossEntropy().update([nd.ones((4, 10))], [nd.array([0, 1, 2, 3])])",
    "metric_perplexity_swapped": "mx.metric.Perplexity(None).update([nd.ones((4, 10))], [nd.array([0, 1, 2, 3])])",
    "metric_label_too_large": "mx.metric.CrossEntropy().update([nd.array([0, 1, 2, 13])], [nd.ones((4, 10))])",
    "metric_other_batch": "mx.metric.Accuracy().update([nd.ones((5,))], [nd.ones((4, 10))])",
    # networks
    "dense_in_units": (
        "net.add(nn.Dense(5, in_units=3), nn.Dense(2, in_units=7)); net.initialize(); net(nd.ones((2, 3)))"
    ),
    "dense_in_units_hybridized": (
        "net = nn.HybridSequential(); net.add(nn.Dense(5, in_units=3), nn.Dense(2, in_units=7)); net.initialize(); "
        "net.hybridize(); net(nd.ones((2, 3)))"
    ),
    "dense_other_image": "net.add(nn.Dense(3, in_units=784)); net.initialize(); net(nd.ones((2, 1, 27, 28)))",
    "conv_without_batch": "net.add(nn.Conv2D(6, 5), nn.Dense(10)); net.initialize(); net(nd.ones((1, 28, 28)))",
    "conv_without_batch_hybridized": (
        "net = nn.HybridSequential(); net.add(nn.Conv2D(6, 5), nn.Dense(10)); net.initialize(); net.hybridize(); "
        "net(nd.ones((1, 28, 28)))"
    ),
    "conv_later_without_batch": "net.add(nn.Conv2D(6, 5, in_channels=1)); net.initialize(); net(nd.ones((1, 28, 28)))",
    "conv_kernel_too_large": "net.add(nn.Conv2D(6, 5), nn.Conv2D(6, 5)); net.initialize(); net(nd.ones((1, 1, 6, 6)))",
    "pool_kernel_too_large": "net.add(nn.Conv2D(6, 5), nn.MaxPool2D(5)); net.initialize(); net(nd.ones((1, 1, 6, 6)))",
    "pool_without_batch": "nn.MaxPool2D(2)(nd.ones((1, 28, 28)))",
    "conv_channels_last": "c = nn.Conv2D(6, 5, in_channels=3); c.initialize(); c(nd.ones((1, 28, 28, 3)))",
    "rnn_without_batch": "r = gluon.rnn.LSTM(4); r.initialize(); r(nd.ones((3, 5)))",
    "integers_into_conv": "c = nn.Conv2D(6, 5); c.initialize(); c(nd.ones((1, 1, 28, 28), dtype='uint8'))",
    "numpy_into_net": "d = nn.Dense(6); d.initialize(); d(np.ones((2, 3)))",
    "numpy_into_hybridized_net": "d = nn.Dense(6); d.initialize(); d.hybridize(); d(np.ones((2, 3)))",
    "not_initialized": "net.add(nn.Dense(6)); net(nd.ones((2, 3)))",
    "weight_before_a_batch": "d = nn.Dense(6); d.initialize(); d.weight.data()",
    "class_for_layer": "net.add(nn.Flatten); net.initialize()",
    "class_for_hybrid_layer": "nn.HybridSequential().add(nn.Flatten)",
    "without_super": "class N(nn.Block):\n    def __init__(self):\n        self.d = nn.Dense(2)\nN()",
    "unknown_activation": "d = nn.Dense(1, activation='rellu', in_units=1); d.initialize(); d(nd.ones((1, 1)))",
    # arrays
    "numpy_plus_array": "np.ones((2, 3)) + nd.ones((2, 3))",
    "array_plus_numpy": "nd.ones((2, 3)) + np.ones((2, 3))",
    "array_plus_list": "nd.ones((2, 3)) + [1, 2, 3]",
    "shapes_do_not_broadcast": "nd.ones((2, 3)) + nd.ones((2, 4))",
    "dtypes_differ": "nd.ones((2, 3)) + nd.ones((2, 3), dtype='int32')",
    "index_too_large": "nd.ones((2, 3))[5]",
    "shape_in_two_arguments": "nd.zeros(2, 3)",
    "shape_for_mean": "nd.random.normal((2, 3))",
    "unknown_argument": "nd.sum(nd.ones((2, 3)), axsi=1)",
    "gpu_without_one": "nd.ones((2, 3), ctx=mx.gpu(77))",
    # training
    "backward_without_record": "x = nd.ones((2,)); x.attach_grad(); (x * 2).sum().backward()",
    "trainer_of_a_net": "d = nn.Dense(1); d.initialize(); gluon.Trainer(d, 'sgd')",
    "unknown_optimizer": "d = nn.Dense(1); d.initialize(); gluon.Trainer(d.collect_params(), 'sdg')",
    "optimizer_lr": "d = nn.Dense(1); d.initialize(); gluon.Trainer(d.collect_params(), 'sgd', {'lr': 0.1})",
    "optimizer_rate_alone": "d = nn.Dense(1); d.initialize(); gluon.Trainer(d.collect_params(), 'sgd', 0.1)",
    "step_before_a_batch": "d = nn.Dense(1); d.initialize(); gluon.Trainer(d.collect_params(), 'sgd').step(1)",
    "unknown_initializer": "nn.Dense(1, in_units=1).initialize('xaver')",
    "initializer_class": "nn.Dense(1, in_units=1).initialize(mx.init.Xavier)",
    "unknown_model": "gluon.model_zoo.vision.get_model('resnet19_v1')",
    "missing_weights": "nn.Dense(1).load_parameters('no such file.params')",
}  # fmt: skip


def _case(source):
    def case(mx):
        net = mx.gluon.nn.Sequential()
        names = {"mx": mx, "nd": mx.nd, "np": np, "nn": mx.gluon.nn, "gluon": mx.gluon, "net": net}
        exec(compile(source, "<program>", "exec"), names)

    return case


for _name, _source in MISTAKES.items():
    globals()[_name] = _case(_source)
