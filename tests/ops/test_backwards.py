"""What is put off to the end of a backward."""

import itertools

import pytest

from mxnet import autograd, nd


@pytest.mark.parametrize("names", ["h", "k", "kh", "hk", "gk", "x", "bx"])
def test_statistics_move_by_gradients_in_the_middle_of_a_graph(names):
    """Those of two uses, in one order or the other; of the uses that the gradients come through alone."""
    mean, var = nd.array([0.2]), nd.array([1.5])
    arrays = {"g": nd.array([1.0]), "b": nd.array([0.5]), "x": nd.array([[0.3], [-1.2]])}
    for each in arrays.values():
        each.attach_grad()

    def norm(data):
        return nd.BatchNorm(data, arrays["g"], arrays["b"], mean, var, momentum=0.5, fix_gamma=False)

    with autograd.record():
        arrays["h"] = arrays["x"] * 2
        arrays["k"] = arrays["h"] * 1.7 + 0.4
        out = nd.concat(norm(arrays["h"]), norm(arrays["k"]), dim=1)
    autograd.grad([out], [arrays[name] for name in names])
    uses = [float(arrays[name].mean().asscalar()) for name in (["k"] if names == "k" else ["h", "k"])]
    moved = []
    for order in itertools.permutations(uses):
        state = 0.2
        for batch in order:
            state = 0.5 * state + 0.5 * batch
        moved.append(state)
    assert float(mean.asscalar()) in [pytest.approx(each, abs=1e-6) for each in moved]
