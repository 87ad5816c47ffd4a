"""The shape rules of operators say what the operators themselves say."""

import json
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_modules import by_module

import mxnet as mx
from fidelity import inference
from mxnet.base import MXNetError
from mxnet.ops import OPERATORS
from mxnet.ops.shape_rules import UNKNOWN
from mxnet.symbol.inference import infer_shapes
from mxnet.symbol.inference.forward import Call

RULED = sorted({spec.name for spec in OPERATORS.values() if spec.shape is not None})
UNARY = [name for name in RULED if len(OPERATORS[name].inputs) == 1 and not OPERATORS[name].required]
BINARY = [name for name in RULED if OPERATORS[name].input_names == ("lhs", "rhs")]

#: operator, shapes, attributes
CALLS = [
    ("Activation", [(2, 3)], {"act_type": "tanh"}),
    ("BatchNorm", [(2, 3, 4), *[(3,)] * 4], {}),
    ("BatchNorm", [(2, 3, 4), *[(4,)] * 4], {"axis": -1}),
    ("BatchNorm", [(2, 3, 4), *[(5,)] * 4], {}),
    ("BatchNorm", [(2, 3, 4), *[(3,)] * 4], {"axis": 3}),
    ("_contrib_BatchNormWithReLU", [(2, 3, 4), *[(3,)] * 4], {}),
    ("Concat", [(2, 3), (2, 5)], {}),
    ("Concat", [(2, 3), (4, 3)], {"dim": -2}),
    ("Concat", [(2, 3), (4, 3)], {}),
    ("Concat", [(2, 3)], {"dim": 2}),
    ("cast_storage", [(2, 3)], {"stype": "default"}),
    ("Convolution", [(2, 3, 9, 8), (4, 3, 3, 2), (4,)], {"kernel": (3, 2), "num_filter": 4}),
    ("Convolution", [(2, 4, 9, 8), (4, 2, 3, 3)], {"kernel": (3, 3), "num_filter": 4, "no_bias": True, "num_group": 2}),
    (
        "Convolution",
        [(2, 3, 9, 8), (4, 3, 3, 2), (4,)],
        {"kernel": (3, 2), "num_filter": 4, "stride": (2, 1), "dilate": (1, 3), "pad": (1, 2)},
    ),
    ("Convolution", [(2, 3, 9), (4, 3, 5), (4,)], {"kernel": (5,), "num_filter": 4, "stride": (3,)}),
    ("Convolution", [(1, 3, 4, 5, 6), (2, 3, 2, 2, 2), (2,)], {"kernel": (2, 2, 2), "num_filter": 2}),
    ("Convolution", [(2, 9, 8, 3), (4, 3, 2, 3), (4,)], {"kernel": (3, 2), "num_filter": 4, "layout": "NHWC"}),
    ("Convolution", [(2, 3, 2, 2), (4, 3, 3, 3), (4,)], {"kernel": (3, 3), "num_filter": 4}),
    ("Convolution", [(2, 3, 9, 8), (4, 2, 3, 3), (4,)], {"kernel": (3, 3), "num_filter": 4}),
    ("Flatten", [(2, 3, 4)], {}),
    ("FullyConnected", [(2, 3, 4), (5, 12), (5,)], {"num_hidden": 5}),
    ("FullyConnected", [(2, 3, 4), (5, 4)], {"num_hidden": 5, "no_bias": True, "flatten": False}),
    ("FullyConnected", [(2, 3, 4), (5, 4), (5,)], {"num_hidden": 5}),
    ("LeakyReLU", [(2, 3)], {"act_type": "elu"}),
    ("LeakyReLU", [(2, 3), (3,)], {"act_type": "prelu"}),
    ("Pooling", [(2, 3, 9, 8)], {"kernel": (2, 3), "stride": (2, 1), "pad": (1, 1), "pool_type": "avg"}),
    ("Pooling", [(2, 3, 9, 8)], {"kernel": (2, 3), "stride": (2, 2), "pooling_convention": "full"}),
    ("Pooling", [(2, 3, 9, 8)], {"global_pool": True}),
    ("Pooling", [(2, 3, 9)], {"kernel": (4,)}),
    ("Pooling", [(2, 3, 9)], {"kernel": (10,)}),
    *[
        ("RNN", shapes, {"mode": mode, "state_size": 5, "num_layers": 2, **given})
        for mode, shapes, given in (
            ("lstm", [(3, 2, 4), (460,), (2, 2, 5), (2, 2, 5)], {"state_outputs": True}),
            ("lstm", [(3, 2, 4), (460,), (2, 2, 5), (2, 2, 5)], {}),
            ("lstm", [(3, 2, 4), (460,), (2, 2, 5), (2, 1, 5)], {}),
            ("lstm", [(3, 2, 4), (460,), (2, 2, 5), (2, 2, 5)], {"lstm_state_clip_min": 0.0}),
            ("lstm", [(3, 2, 4), (370,), (2, 2, 3), (2, 2, 5)], {"projection_size": 3, "state_outputs": True}),
            ("gru", [(3, 2, 4), (840,), (4, 2, 5)], {"bidirectional": True, "state_outputs": True}),
            ("rnn_relu", [(3, 2, 4), (115,), (2, 2, 5)], {"state_outputs": True}),
            ("rnn_tanh", [(3, 2, 4), (110,), (2, 2, 5)], {}),
        )
    ],
    ("clip", [(2, 3)], {"a_min": 0.0, "a_max": 1.0}),
    ("log_softmax", [(2, 3)], {"axis": 0}),
    ("log_softmax", [(2, 3)], {"axis": 2}),
    ("pick", [(2, 3), (2,)], {}),
    ("pick", [(2, 3, 4), (2, 4)], {"axis": 1, "keepdims": True}),
    ("pick", [(2, 3), (2, 1)], {"keepdims": True}),
    ("pick", [(2, 3), (3,)], {}),
    *[
        (name, [(2, 3, 4)], {"axis": axis})
        for name in ("sum", "max", "mean")
        for axis in (1, (0, -1), (), None, 3, (0, 0))
    ],
    ("mean", [(2, 3, 4)], {"axis": 0, "exclude": True}),
    ("sum", [(2, 3, 4)], {"axis": (1,), "keepdims": True}),
    ("sum", [(2, 3, 4)], {"exclude": True}),
    *[(name, [(2, 3)], {}) for name in UNARY if name not in ("Flatten", "Pooling", "log_softmax")],
    *[(name, [shape, (2, 3)], {}) for name in BINARY for shape in ((2, 3), (1, 3), (4, 5))],
]


def asked(spec, shapes, attributes):
    """The shapes of the outputs that the function itself gives, or None where it refuses."""
    extra = {"training": False} if spec.takes_training else {}
    if spec.takes_rng:
        extra["rng"] = None
    tensors = [torch.zeros(shape) for shape in shapes]
    try:
        result = spec.function(*tensors, **spec.parse(attributes), **extra)
    except (MXNetError, RuntimeError, IndexError):
        return None
    return [tuple(each.shape) for each in ([result] if isinstance(result, torch.Tensor) else result)]


RULES = by_module({name for name, _, _ in CALLS})


@pytest.mark.parametrize("module", RULES)
def test_rules_agree_with_their_operators(module):
    for name, shapes, attributes in [each for each in CALLS if each[0] in RULES[module]]:
        spec = OPERATORS[name]
        told = spec.shape(shapes, {**spec.defaults, **spec.parse(attributes)})
        if isinstance(told, list):
            assert told == asked(spec, shapes, attributes), (name, shapes, attributes)
        elif told is not None:
            assert tuple(told) == asked(spec, shapes, attributes)[0], (name, shapes, attributes)


def test_every_rule_is_asked_and_answers():
    answered = {name for name, shapes, attributes in CALLS if asked(OPERATORS[name], shapes, attributes)}
    assert set(RULED) - answered == set()
    for name in answered:
        spec = OPERATORS[name]
        calls = [(shapes, {**spec.defaults, **spec.parse(given)}) for each, shapes, given in CALLS if each == name]
        assert any(spec.shape(shapes, attributes) is not None for shapes, attributes in calls), name


# --- rules of shapes that are known in part -----------------------------------------------------------------------


def called(name, shapes, attributes):
    """A node of an operator, as rules see it, and the shapes of its outputs."""
    nodes = [{"op": "null", "name": f"x{place}", "inputs": []} for place in range(len(shapes))]
    sources = [[place, 0, 0] for place in range(len(shapes))]
    nodes.append({"op": name, "name": "call", "attrs": attributes, "inputs": sources})
    leaves, head = list(range(len(shapes))), [[len(shapes), 0, 0]]
    net = mx.sym.load_json(json.dumps({"nodes": nodes, "arg_nodes": leaves, "heads": head, "attrs": {}}))
    node = net._entries[0].node
    found = infer_shapes(net._entries, {f"x{place}": shape for place, shape in enumerate(shapes)})
    return Call(node), found[node][: node.visible]


def forgotten(shape, draw):
    """A shape of which something is forgotten."""
    if shape is None or draw() < 0.3:
        return None
    return tuple(UNKNOWN if draw() < 0.4 else length for length in shape)


def fits(told, real):
    if told is None or real is None:
        return True
    return len(told) == len(real) and all(one in (UNKNOWN, other) for one, other in zip(told, real))


def hold(call, inputs, outputs, draw):
    """What the rules say of inputs and outputs of which some is forgotten is never other than what they were."""
    known_inputs = [forgotten(shape, draw) for shape in inputs]
    known_outputs = [forgotten(shape, draw) for shape in outputs]
    told = f"{call} {call.attributes} told inputs {known_inputs}, outputs {known_outputs}"
    back, forward = (call.spec.rules.get(kind) for kind in ("inputs", "outputs"))
    if callable(back):
        answer = call.gathered(back(call.spread(known_inputs), known_outputs, call.attributes))
        assert all(map(fits, answer, inputs)), f"{told}: inputs {answer}, really {inputs}"
    if callable(forward):
        answer = forward(call.spread(known_inputs), call.attributes)[: len(outputs)]
        assert all(map(fits, answer, outputs)), f"{told}: outputs {answer}, really {outputs}"


CORPUS = [
    (name, [tuple(each[0]) for each in inputs if each is not None], attributes)
    for name, inputs, attributes in inference.calls()
    if all(each is not None for each in inputs) and not isinstance(OPERATORS[name].rules.get("outputs"), str)
]


CALLED = by_module({name for name, _, _ in CORPUS})


@pytest.mark.parametrize("module", CALLED)
def test_no_rule_says_of_a_call_what_it_is_not(module):
    for each in CALLED[module]:
        draw = random.Random(0).random
        for name, shapes, attributes in [corpus for corpus in CORPUS if corpus[0] == each]:
            call, outputs = called(name, shapes, attributes)
            if all(shape is not None and UNKNOWN not in shape for shape in outputs):
                for _ in range(40):
                    hold(call, shapes, outputs, draw)


lengths = st.integers(1, 6)
seeds = st.integers(0, 2**32)


@st.composite
def codes(draw):
    """A shape, and a target with codes that it can be reshaped to."""
    shape = draw(st.lists(lengths, min_size=1, max_size=4))
    target, axis, left = [], 0, True
    while axis < len(shape):
        code = draw(st.sampled_from(["keep", "rest", "merge", "split", "length", "infer"]))
        if code == "rest":
            target.append(-2)
            break
        if code == "merge" and axis + 1 < len(shape):
            target.append(-3)
            axis += 2
            continue
        if code == "split":
            part = draw(st.sampled_from([each for each in range(1, shape[axis] + 1) if shape[axis] % each == 0]))
            target += [-4, part, draw(st.sampled_from([-1, shape[axis] // part]))]
        elif code == "infer" and left:
            target.append(-1)
            left = False
        else:
            target.append(0 if code != "length" else shape[axis])
        axis += 1
    return tuple(shape), tuple(target)


@settings(max_examples=150, deadline=None)
@given(codes(), seeds)
def test_reshape_with_any_codes(case, seed):
    shape, target = case
    call, outputs = called("Reshape", [shape], {"shape": str(target)})
    hold(call, [shape], outputs, random.Random(seed).random)


@settings(max_examples=150, deadline=None)
@given(st.lists(lengths, min_size=2, max_size=4), st.integers(1, 3), st.data(), seeds)
def test_arrays_put_together_and_taken_apart(shape, count, data, seed):
    draw, rank = random.Random(seed).random, len(shape)
    axis = data.draw(st.integers(-rank, rank - 1))
    parts = [list(shape) for _ in range(count)]
    for part in parts:
        part[axis] = data.draw(lengths)
    parts = [tuple(part) for part in parts]
    hold(*_split(called("Concat", parts, {"dim": str(axis), "num_args": str(count)}), parts), draw)
    same = [tuple(shape)] * count
    hold(*_split(called("stack", same, {"axis": str(axis), "num_args": str(count)}), same), draw)
    whole = list(shape)
    whole[axis] *= count
    for squeezed in (False, True):
        if squeezed:
            whole[axis] = count
        options = {"axis": str(axis), "num_outputs": str(count), "squeeze_axis": str(squeezed)}
        hold(*_split(called("SliceChannel", [tuple(whole)], options), [tuple(whole)]), draw)


def _split(answer, inputs):
    call, outputs = answer
    return call, inputs, outputs


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([1, 3, 4]), min_size=1, max_size=4), st.data(), seeds)
def test_arrays_that_broadcast(shape, data, seed):
    draw = random.Random(seed).random
    other = tuple(data.draw(st.sampled_from([1, length])) for length in shape)
    pair = [tuple(shape), other]
    hold(*_split(called("broadcast_add", pair, {}), pair), draw)
    pair = [tuple(shape), other[data.draw(st.integers(0, len(shape))) :] or (1,)]
    hold(*_split(called("_npi_add", pair, {}), pair), draw)


@settings(max_examples=150, deadline=None)
@given(st.lists(lengths, min_size=1, max_size=4), st.data(), seeds)
def test_axes_moved_taken_and_cut(shape, data, seed):
    draw, rank, inputs = random.Random(seed).random, len(shape), [tuple(shape)]
    axis = data.draw(st.integers(-rank, rank - 1))
    begin = data.draw(st.integers(0, shape[axis] - 1))
    end = data.draw(st.sampled_from([None, *range(begin + 1, shape[axis] + 1)]))
    calls = [
        ("transpose", {"axes": str(tuple(data.draw(st.permutations(range(rank)))))}),
        ("SwapAxis", {"dim1": str(axis), "dim2": str(data.draw(st.integers(-rank, rank - 1)))}),
        ("expand_dims", {"axis": str(data.draw(st.integers(-rank - 1, rank)))}),
        ("slice_axis", {"axis": str(axis), "begin": str(begin), "end": str(end)}),
        ("sum", {"axis": str((axis,)), "keepdims": str(data.draw(st.booleans()))}),
        ("mean", {"axis": str((axis,)), "exclude": "True"}),
        ("repeat", {"axis": str(axis), "repeats": "2"}),
        ("tile", {"reps": str(tuple(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))))}),
        ("squeeze", {}),
    ]
    if shape[axis] == 1:
        calls.append(("squeeze", {"axis": str(axis)}))
    if rank > 1:
        calls.append(("Flatten", {}))
    for name, attributes in calls:
        hold(*_split(called(name, inputs, attributes), inputs), draw)


@settings(max_examples=100, deadline=None)
@given(lengths, lengths, st.integers(6, 9), st.integers(1, 3), st.integers(1, 3), st.integers(0, 1), seeds)
def test_windows(batch, channels, length, kernel, stride, pad, seed):
    draw, data = random.Random(seed).random, (batch, channels, length, length)
    options = {"kernel": str((kernel, kernel)), "stride": str((stride, stride)), "pad": str((pad, pad))}
    weight = [data, (4, channels, kernel, kernel), (4,)]
    call, outputs = called("Convolution", weight, {**options, "num_filter": "4"})
    if stride == 1:
        hold(call, weight, outputs, draw)
    else:  # the shortest data with so many windows is MXNet's answer; the others of its lengths are told
        back = call.spec.rules["inputs"]([(UNKNOWN,) * 4, None, None], outputs, call.attributes)
        assert back[0][0] == batch and back[2] == (4,)
        assert length - stride < back[0][2] <= length
    if pad < kernel:
        hold(*_split(called("Pooling", [data], options), [data]), draw)
    weight = [data, (channels, 4, kernel, kernel)]
    if 2 * pad < (length - 1) * stride + kernel:
        hold(*_split(called("Deconvolution", weight, {**options, "num_filter": "4"}), weight), draw)
    dense = [data, (3, channels * length * length), (3,)]
    hold(*_split(called("FullyConnected", dense, {"num_hidden": "3"}), dense), draw)
    dense = [data, (3, length), (3,)]
    hold(*_split(called("FullyConnected", dense, {"num_hidden": "3", "flatten": "False"}), dense), draw)
