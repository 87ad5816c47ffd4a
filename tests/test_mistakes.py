"""What a beginner reads after a mistake: one error, a short traceback, the layer, loss and argument by name.

The mistakes, and that their errors are of MXNet's classes, are in `tests/fidelity/cases/mistakes.py`.
"""

from __future__ import annotations

import re
import traceback
import warnings

import pytest

import mxnet as mx
from fidelity.cases import mistakes
from mxnet import nd
from mxnet.gluon import nn

#: the most lines of a traceback, the program's own among them
LINES = 13

#: by mistake, what its message says; dots stand for anything
SAYS = {
    "loss_swapped": "SoftmaxCrossEntropyLoss...pred (4,) and label (4, 10) have changed places; ...(pred, label)",
    "loss_one_hot": "SoftmaxCrossEntropyLoss...label (4, 10)...sparse_label=False; class numbers have shape (4,)",
    "loss_one_hot_hybridized": "SoftmaxCrossEntropyLoss...label (4, 3)...sparse_label=False...(4,)",
    "loss_other_batch": "SoftmaxCrossEntropyLoss...label (3,) for pred (4, 10); expected (4,), a class number",
    "loss_dense_label": "SoftmaxCrossEntropyLoss...label (4,) for pred (4, 10): sparse_label=False takes a probability",
    "loss_numpy_label": "SoftmaxCrossEntropyLoss...label is a numpy.ndarray of shape (4,), which mx.nd.array(x)",
    "loss_without_label": "SoftmaxCrossEntropyLoss...label is missing; the call is ...(pred, label)",
    "loss_l2_shapes": "L2Loss...label (4,) and pred (4, 10) have 4 and 40 elements; expected the same shape",
    "loss_sigmoid_shapes": "SigmoidBinaryCrossEntropyLoss...label (4,) and pred (4, 10) have 4 and 40 elements",
    "loss_kl_shapes": "KLDivLoss...label (4,) for pred (4, 10); expected the same shape",
    "loss_sample_weight": "L2Loss...sample_weight (4,)...expected (4, 1)",
    "metric_accuracy_swapped": "Accuracy: labels (4, 10) and predictions (4,) have changed places; labels come first",
    "metric_f1_swapped": "F1: labels (4, 10) and predictions (4,) have changed places",
    "metric_pcc_swapped": "PCC: labels (4, 10) and predictions (4,) have changed places",
    "metric_cross_entropy_swapped": "CrossEntropy: labels (4, 10) and predictions (4,) have changed places",
    "metric_perplexity_swapped": "Perplexity: labels (4, 10) and predictions (4,) have changed places",
    "metric_label_too_large": "CrossEntropy: label 13 for probabilities of 10 classes",
    "metric_other_batch": "Accuracy: labels have length 5, predictions length 4",
    "dense_in_units": "dense... (layer 1), Dense(7 -> 2, linear): ...data (2, 5) float32 has 5 features; expected 7",
    "dense_in_units_hybridized": "dense... (layer 1), Dense(7 -> 2, linear): ...has 5 features; expected 7",
    "dense_other_image": "dense... (layer 0), Dense(784 -> 3, linear)...has 756 features a row; expected 784",
    "conv_without_batch": "conv... (layer 0), Conv2D(...data (1, 28, 28) has 3 axes; expected 4: batch × channels",
    "conv_without_batch_hybridized": "conv... (layer 0), Conv2D(...has 3 axes; expected 4: batch × channels",
    "conv_later_without_batch": "conv... (layer 0), Conv2D(1 -> 6...has 3 axes; expected 4: batch × channels",
    "conv_kernel_too_large": "conv... (layer 1), Conv2D(...kernel (5, 5) is larger than the padded input (2, 2)",
    "pool_kernel_too_large": "pool... (layer 1), MaxPool2D: ...kernel (5, 5) is larger than the padded input (2, 2)",
    "pool_without_batch": "MaxPool2D: ...data (1, 28, 28) has 3 axes; expected 4: batch × channels",
    "conv_channels_last": "Conv2D(3 -> 6...data (1, 28, 28, 3) float32 has 28 channels; expected 3, by weight",
    "rnn_without_batch": "LSTM(...inputs (3, 5) have 2 axes; expected 3: time × batch × features",
    "integers_into_conv": "Conv2D(...data is (1, 1, 28, 28) uint8; expected floats",
    "numpy_into_net": "Dense(...got a numpy.ndarray of shape (2, 3), which mx.nd.array(x) converts",
    "numpy_into_hybridized_net": "Dense(...got a numpy.ndarray of shape (2, 3), which mx.nd.array(x) converts",
    "not_initialized": "dense... (layer 0), Dense(...is not initialized; call initialize()",
    "weight_before_a_batch": "dense..._weight...(6, 0)...run one batch through the network first",
    "class_for_layer": "add takes layers...got the class Flatten, whose instance is Flatten(…)",
    "class_for_hybrid_layer": "add takes layers...got the class Flatten, whose instance is Flatten(…)",
    "without_super": "N.d: layers and parameters are assigned after super().__init__()",
    "unknown_activation": "act_type='rellu'; expected one of 'relu'",
    "numpy_plus_array": "an NDArray or a number; got a numpy.ndarray of shape (2, 3), which mx.nd.array(x) converts",
    "array_plus_numpy": "__add__: ...got a numpy.ndarray of shape (2, 3), which mx.nd.array(x) converts",
    "array_plus_list": "__add__: ...got a list, which mx.nd.array(x) converts",
    "shapes_do_not_broadcast": "broadcast_add: shapes (2, 3) and (2, 4) cannot be broadcast together",
    "dtypes_differ": "broadcast_add: input 1 (rhs) is int32; expected float32...astype",
    "index_too_large": "index 5 is out of bounds for axis 0 with size 2",
    "shape_in_two_arguments": "ctx: ...got 3 of type int; the lengths of a shape go into one tuple",
    "shape_for_mean": "random.normal: loc=(2, 3)...a shape is given by name, shape=(2, 3)",
    "unknown_argument": "sum: no attribute 'axsi' (did you mean 'axis'?)",
    "gpu_without_one": "gpu(77): torch ...; use mx.cpu()",
    "backward_without_record": "backward: ...call attach_grad() on an input and compute it inside autograd.record()",
    "trainer_of_a_net": "Trainer: params is a Dense; expected a list or dict of Parameters",
    "unknown_optimizer": "there is no optimizer 'sdg' (did you mean 'sgd'?)",
    "optimizer_lr": "SGD: no argument 'lr' (did you mean 'learning_rate'?)",
    "optimizer_rate_alone": "optimizer_params=0.1 of type float; expected a dict such as {'learning_rate': 0.1}",
    "step_before_a_batch": "dense..._weight': its shape (1, 0) is not known in full yet...run one batch",
    "unknown_initializer": "no initializer is registered as 'xaver' (did you mean 'xavier'?)",
    "initializer_class": "expected the name of a registered initializer or an instance; got ...Xavier() is an instance",
    "unknown_model": "name='resnet19_v1' (did you mean 'resnet1",
    "missing_weights": "cannot read 'no such file.params': No such file or directory",
    # ours alone: MXNet's error comes later, or is another program's
    "list_for_layers": "add takes layers...got a list; write add(*layers)",
    "function_for_layer": "add takes layers...got the function relu, of which nn.HybridLambda makes a layer",
    "top_k_swapped": "TopKAccuracy: labels (4, 10) and predictions (4,) have changed places",
    "uneven_samples": "samples of shapes (2, 3) and (2, 4) cannot be stacked...; give the DataLoader a batchify_fn",
    "context_unknown": "'cuda' is not a device such as 'cpu(0)' or 'gpu(1)'",
}  # fmt: skip
OWN = {
    "list_for_layers": "net.add([nn.Dense(3), nn.Dense(4)])",
    "function_for_layer": "nn.HybridSequential().add(nd.relu)",
    "top_k_swapped": "mx.metric.TopKAccuracy(top_k=3).update([nd.ones((4, 10))], [nd.array([0, 1, 2, 3])])",
    "uneven_samples": "list(gluon.data.DataLoader([np.ones((2, 3)), np.ones((2, 4))], batch_size=2))",
    "context_unknown": "nn.Dense(6, in_units=2).initialize(ctx='cuda')",
}


@pytest.fixture(autouse=True)
def _as_programs_see_it(monkeypatch):
    monkeypatch.delenv("REMXNET_TRACEBACK", raising=False)


def test_every_mistake_has_its_message():
    assert set(SAYS) == set(mistakes.MISTAKES) | set(OWN)


@pytest.mark.parametrize("name", SAYS)
def test_an_error_says_what_is_wrong_in_a_few_lines(name):
    case = mistakes._case(OWN[name]) if name in OWN else getattr(mistakes, name)
    with pytest.raises(Exception) as caught:
        case(mx)
    error = caught.value
    wanted = ".*".join(map(re.escape, SAYS[name].split("...")))
    assert re.search(wanted, str(error)), str(error)
    entry = error.__traceback__
    while entry.tb_frame.f_code.co_filename != "<program>":
        entry = entry.tb_next
    shown = "".join(traceback.format_exception(type(error), error, entry))
    assert shown.count("\n") <= LINES, shown
    assert shown.count("Traceback") == 1, shown


def test_frames_of_the_program_stay_whoever_called_them():
    class Scaled(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.broadcast_add(x, F.ones((7, 5)))

    net = nn.Sequential()
    net.add(Scaled())
    with pytest.raises(mx.MXNetError, match=r"\(layer 0\), Scaled") as caught:
        net(nd.ones((2, 3)))
    names = [frame.name for frame in traceback.extract_tb(caught.tb)]
    assert "hybrid_forward" in names and "_forward_eagerly" not in names


def test_what_a_program_raises_inside_a_block_keeps_its_message():
    class Broken(nn.Block):
        def forward(self, x):
            raise ValueError("of the program")

    with pytest.raises(ValueError, match="^of the program$"):
        Broken()(nd.ones((1,)))


def test_what_was_not_foreseen_is_shown_in_full(monkeypatch):
    monkeypatch.setattr("mxnet.gluon.hybrid.current_context", None)
    with pytest.raises(TypeError, match="^'NoneType' object is not callable$") as caught:
        nn.Flatten()(nd.ones((1, 2)))
    assert [frame.name for frame in traceback.extract_tb(caught.tb)][-2:] == ["forward", "_forward_eagerly"]


def test_all_frames_are_shown_when_asked_for(monkeypatch):
    monkeypatch.setenv("REMXNET_TRACEBACK", "full")
    with pytest.raises(mx.MXNetError) as caught:
        nn.MaxPool2D(2)(nd.ones((1, 28, 28)))
    assert len(traceback.extract_tb(caught.tb)) > 5


def test_a_layer_deep_inside_is_named_by_its_place():
    net, features = nn.HybridSequential(), nn.HybridSequential()
    features.add(nn.Dense(4, in_units=3), nn.Dense(2, in_units=5))
    net.add(nn.Flatten(), features)
    net.initialize()
    for active in (False, True):
        net.hybridize(active)
        with pytest.raises(mx.MXNetError, match=r"\(layer 1\.1\), Dense\(5 -> 2, linear\): .*4 features; expected 5"):
            net(nd.ones((1, 3)))


def test_devices_go_by_their_names_everywhere():
    net = nn.Dense(2, in_units=3)
    net.initialize(ctx="cpu")
    assert net.weight.list_ctx() == [mx.cpu()] and net.weight.data("cpu(0)").context == mx.cpu()
    net.collect_params().reset_ctx(["cpu(0)", "cpu(1)"])
    assert net.weight.list_ctx() == [mx.cpu(0), mx.cpu(1)]
    parts = mx.gluon.utils.split_and_load(nd.ones((4, 3)), ["cpu(0)", "cpu(1)"])
    assert [part.context for part in parts] == [mx.cpu(0), mx.cpu(1)]
    assert mx.gluon.utils.split_and_load(nd.ones((4, 3)), "cpu")[0].shape == (4, 3)
    assert nd.ones((2,)).copyto("cpu(1)").context == nd.ones((2,)).as_in_context("cpu(1)").context == mx.cpu(1)


def test_where_torch_is_built_for_cuda_a_missing_gpu_is_the_machines(monkeypatch):
    monkeypatch.setattr("torch.version.cuda", "12.4")
    with pytest.raises(mx.MXNetError, match=r"sees \d cards on this machine; use mx.cpu\(\).*nvidia-smi"):
        nd.ones((1,), ctx=mx.gpu(99))


def _initialized_twice():
    net = nn.Dense(1, in_units=1, use_bias=False)
    net.initialize()
    net.initialize()


def _hybridized_in_vain():
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.hybridize()


def _untraceable():
    class Branches(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x if x.asnumpy().sum() > 0 else -x

    net = Branches()
    net.hybridize()
    net(nd.ones((1,)))


@pytest.mark.parametrize("program", [_initialized_twice, _hybridized_in_vain, _untraceable])
def test_a_warning_points_at_the_programs_line(program):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        program()
    assert [each.filename for each in heard] == [__file__]
