"""The order of equal elements: the steps in C and in Python are the same, and rows without ties are left alone."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.kernels.library import library
from mxnet.ops.array import ties


@pytest.mark.skipif(library() is None or not library().order, reason="the kernels are not compiled")
@pytest.mark.parametrize("length", [1, 2, 3, 16, 17, 40, 200, 700])
@pytest.mark.parametrize("descending", [False, True])
def test_both_take_the_same_steps(length, descending):
    draw = np.random.RandomState(length)
    rows = [draw.randint(0, levels, size=length) for levels in (1, 3, 50)]
    rows += [np.sort(rows[2]), np.sort(rows[2])[::-1].copy(), np.arange(length)]
    for count in {1, 2, length // 9, length} - {0}:
        for kind in (torch.float64, torch.int64):
            elements = torch.tensor(np.array(rows)).to(kind)
            found = ties._by_kernel(elements, min(count, length), descending)
            for row, order in zip(elements.tolist(), found.tolist()):
                expected = ties._order(row, min(count, length), descending)
                assert order == expected
                assert sorted(order) == list(range(length))


def test_rows_with_ties_alone_are_put_in_another_order(monkeypatch):
    asked = []

    def by_kernel(elements, count, descending):
        asked.append(elements.tolist())
        return torch.tensor([ties._order(row, count, descending) for row in elements.tolist()])

    monkeypatch.setattr(ties, "_by_kernel", by_kernel)
    tied, other = [i % 5 for i in range(20)], list(range(20))
    unordered = [*tied[:19], float("nan")]
    x = torch.tensor([other, tied, unordered], dtype=torch.float32)
    values, positions = torch.sort(x, stable=True)
    result = ties.settled(x, values, positions, 20, False)
    assert asked == [[tied]]
    assert torch.equal(result[0], positions[0]) and torch.equal(result[2], positions[2])
    assert not torch.equal(result[1], positions[1])
    assert torch.equal(x[1][result[1]], values[1])


def test_without_kernels_short_rows_alone_are_put_in_mxnets_order(monkeypatch):
    monkeypatch.setattr(ties, "_by_kernel", lambda *given: None)
    for length, same in ((ties.AT_MOST, False), (ties.AT_MOST + 1, True)):
        x = torch.arange(length) % 3
        values, positions = torch.sort(x, stable=True)
        assert torch.equal(ties.settled(x, values, positions, length, False), positions) is same


def test_a_gradient_arrives_at_the_elements_chosen():
    x = mx.nd.array([[i % 3 for i in range(40)]])
    x.attach_grad()
    with mx.autograd.record():
        values, places = mx.nd.topk(x, k=9, ret_typ="both")
    values.backward()
    assert sorted(places.asnumpy()[0].tolist()) == np.flatnonzero(x.grad.asnumpy()[0]).tolist()
