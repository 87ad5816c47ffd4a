"""The shape rules of operators say what the operators themselves say."""

import pytest
import torch

from mxnet.base import MXNetError
from mxnet.ops import OPERATORS

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
    ("Concat", [(2, 3), (2, 5)], {}),
    ("Concat", [(2, 3), (4, 3)], {"dim": -2}),
    ("Concat", [(2, 3), (4, 3)], {}),
    ("Concat", [(2, 3)], {"dim": 2}),
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
    """The shape the function itself gives, or None where it refuses."""
    extra = {"training": False} if spec.takes_training else {}
    if spec.takes_rng:
        extra["rng"] = None
    tensors = [torch.zeros(shape) for shape in shapes]
    try:
        result = spec.function(*tensors, **spec.parse(attributes), **extra)
    except (MXNetError, RuntimeError, IndexError):
        return None
    return tuple((result if isinstance(result, torch.Tensor) else result[0]).shape)


@pytest.mark.parametrize(
    ("name", "shapes", "attributes"), CALLS, ids=lambda each: str(each) if isinstance(each, str) else ""
)
def test_a_rule_agrees_with_its_operator(name, shapes, attributes):
    spec = OPERATORS[name]
    told = spec.shape(shapes, {**spec.defaults, **spec.parse(attributes)})
    assert told is None or tuple(told) == asked(spec, shapes, attributes)


def test_every_rule_is_asked_and_answers():
    answered = {name for name, shapes, attributes in CALLS if asked(OPERATORS[name], shapes, attributes)}
    assert set(RULED) - answered == set()
    for name in answered:
        spec = OPERATORS[name]
        calls = [(shapes, {**spec.defaults, **spec.parse(given)}) for each, shapes, given in CALLS if each == name]
        assert any(spec.shape(shapes, attributes) is not None for shapes, attributes in calls), name
