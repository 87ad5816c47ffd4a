"""What a program draws has the distribution of what is drawn here, whose numbers are others."""

import json

import numpy as np
import pytest
import torch
from torch_programs import made, written

import mxnet as mx
from mxnet.base import MXNetError
from mxnet.ops import OPERATORS
from mxnet.ops.registry import operator_of

MANY = 5_000
#: parameters by MXNet's names, for two distributions each
PARAMETERS = {
    "uniform": {"low": (-1.0, 2.0), "high": (3.0, 2.5)}, "normal": {"loc": (0.5, -2.0), "scale": (2.0, 0.3)},
    "exponential": {"lam": (0.5, 4.0)}, "gamma": {"alpha": (0.7, 5.0), "beta": (2.0, 0.5)},
    "poisson": {"lam": (0.8, 9.0)}, "negative_binomial": {"k": (2.0, 6.0), "p": (0.4, 0.7)},
    "generalized_negative_binomial": {"mu": (2.0, 7.0), "alpha": (0.3, 1.5)},
}  # fmt: skip
#: the same of NumPy's operators
NUMPYS = {
    "uniform": {"low": (-1.0, 2.0), "high": (3.0, 2.5)}, "normal": {"loc": (0.5, -2.0), "scale": (2.0, 0.3)},
    "gumbel": {"loc": (0.5, -2.0), "scale": (2.0, 0.3)}, "logistic": {"loc": (0.5, -2.0), "scale": (2.0, 0.3)},
    "gamma": {"shape": (0.7, 5.0), "scale": (2.0, 0.5)}, "exponential": {"scale": (0.5, 4.0)},
    "rayleigh": {"scale": (0.5, 4.0)}, "pareto": {"a": (0.7, 5.0)}, "weibull": {"a": (0.7, 5.0)},
    "powerd": {"a": (0.7, 5.0)}, "bernoulli": {"prob": (0.3, 0.9)},
    "uniform_n": {"low": (-1.0, 2.0), "high": (3.0, 2.5)}, "normal_n": {"loc": (0.5, -2.0), "scale": (2.0, 0.3)},
}  # fmt: skip
#: what draws and has no distribution of its own here: held elsewhere
OTHERS = {"Dropout", "LeakyReLU", "RNN", "_shuffle", "_sample_multinomial", "_random_randint"}


def drawn(operator, attributes, inputs=()):
    """What a program and what an executor draw, by an operator of a graph; and the graph."""
    names = [f"x{place}" for place in range(len(inputs))]
    nodes = [{"op": "null", "name": name, "inputs": []} for name in names]
    places = [[place, 0, 0] for place in range(len(names))]
    attributes = {name: str(value) for name, value in attributes.items()}
    nodes.append({"op": operator, "name": "drawn", "attrs": attributes, "inputs": places})
    text = {"nodes": nodes, "arg_nodes": list(range(len(names))), "heads": [[len(names), 0, 0]]}
    symbol = mx.sym.load_json(json.dumps(text))
    arrays = {name: np.asarray(value, "float32") for name, value in zip(names, inputs)}
    program = written(symbol, {}, {name: value.shape for name, value in arrays.items()})
    found = made(program)(*map(torch.from_numpy, arrays.values()))
    (wanted,) = symbol.bind(mx.cpu(), {name: mx.nd.array(value) for name, value in arrays.items()}).forward()
    return found.numpy(), wanted.asnumpy()


def same_distribution(one, other):
    """Two samples of one distribution: the largest distance of their empirical distributions is chance."""
    assert one.shape == other.shape
    assert one.dtype == other.dtype
    assert not np.array_equal(one, other)
    places = np.concatenate([one, other]).ravel()
    below = [np.searchsorted(np.sort(each.ravel()), places, side="right") / each.size for each in (one, other)]
    assert np.abs(below[0] - below[1]).max() < 2.2 * np.sqrt(2 / one.size)  # more in one of 8,000


@pytest.mark.parametrize("name", PARAMETERS)
def test_numbers_of_a_distribution(name):
    parameters = PARAMETERS[name]
    for place in (0, 1):
        single = {parameter: values[place] for parameter, values in parameters.items()}
        single = {key: int(value) if key == "k" else value for key, value in single.items()}
        same_distribution(*drawn(f"_random_{name}", {**single, "shape": (MANY,)}))
        if name != "generalized_negative_binomial" or place:
            same_distribution(*drawn(f"_random_{name}_like", single, [np.zeros(MANY)]))
    one, other = drawn(f"_sample_{name}", {"shape": (MANY,)}, [np.array(each) for each in parameters.values()])
    for row, wanted in zip(one, other):
        same_distribution(row, wanted)


@pytest.mark.parametrize("name", NUMPYS)
def test_numbers_of_a_distribution_of_numpys(name):
    parameters, operator = NUMPYS[name], f"_npi_{name}"
    attributes = OPERATORS[operator].attributes
    size = (MANY, 2)
    if name.endswith("_n"):
        size = (MANY,)  # in front of the shape that the parameters have
    given = {"is_logit": False, "logit": None} if name == "bernoulli" else {}
    if parameters.keys() <= attributes.keys():
        for place in (0, 1):
            single = {parameter: values[place] for parameter, values in parameters.items()}
            same_distribution(*drawn(operator, {**given, **single, "size": (MANY,)}))
        given |= dict.fromkeys(parameters)
        given.pop("a", None)
    one, other = drawn(operator, {**given, "size": size}, list(parameters.values()))
    for column in (0, 1):
        same_distribution(one[:, column], other[:, column])


def test_whole_numbers_and_orders():
    same_distribution(*drawn("_random_randint", {"low": -3, "high": 9, "shape": (MANY,), "dtype": "int32"}))
    one, other = drawn(
        "_sample_multinomial", {"shape": (MANY,), "dtype": "int32"}, [[[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]]]
    )
    for row, wanted in zip(one, other):
        same_distribution(row, wanted)
    one, other = drawn("_shuffle", {}, [np.arange(40).reshape(20, 2)])
    assert sorted(map(tuple, one)) == sorted(map(tuple, other))
    assert not np.array_equal(one, other)


def test_what_draws_has_a_test_here_or_a_reason():
    held = {f"_random_{name}{end}" for name in PARAMETERS for end in ("", "_like")}
    held |= {f"_sample_{name}" for name in PARAMETERS} | {f"_npi_{name}" for name in NUMPYS} | OTHERS
    draws = {spec.name for spec in OPERATORS.values() if spec.takes_rng and spec.rule("source") is not None}
    assert draws <= held


def test_whole_samples_are_refused():
    with pytest.raises(MXNetError, match=r"drawn \(_npi_choice\): it draws whole samples, .*give them as input"):
        drawn("_npi_choice", {"a": 9, "size": (4,)})
    assert operator_of("_npi_multinomial").rule("source") is None
