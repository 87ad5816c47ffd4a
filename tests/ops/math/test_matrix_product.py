"""Products by oneDNN against torch's own in double precision: values, gradients, what they do not take."""

import pytest
import torch
import torch.nn.functional as F

from mxnet.ops.math import matrix_product
from mxnet.ops.math.matrix_product import linear, product

onednn = pytest.mark.skipif(matrix_product._onednn() is None, reason="this torch has no oneDNN product")


@pytest.fixture
def calls(monkeypatch):
    """How often oneDNN was called."""
    count, original = [], matrix_product._onednn()

    def counted(*arguments):
        count.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(matrix_product, "_onednn", lambda: counted)
    return count


def _with_gradients(function, *operands):
    leaves = [each if each is None else each.detach().requires_grad_() for each in operands]
    out = function(*leaves)
    head = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).reshape(out.shape)
    return [out, *torch.autograd.grad(out, [leaf for leaf in leaves if leaf is not None], head)]


def _assert_exact(ours, exact):
    for one, wanted in zip(ours, exact, strict=True):
        # float32 sums of up to 300 terms, relative to the largest element
        torch.testing.assert_close(one / wanted.abs().max(), (wanted / wanted.abs().max()).float(), rtol=0, atol=3e-6)


@onednn
@pytest.mark.parametrize("shape", [(64, 300), (4, 16, 300)])
@pytest.mark.parametrize("biased", [False, True])
def test_linear(shape, biased, calls):
    torch.manual_seed(0)
    operands = [torch.randn(shape), torch.randn(150, 300), torch.randn(150) if biased else None]
    exact = _with_gradients(F.linear, *[None if each is None else each.double() for each in operands])
    _assert_exact(_with_gradients(linear, *operands), exact)
    assert len(calls) == 3  # the result and two gradients


@onednn
@pytest.mark.parametrize("order", ["rows", "columns", "every second"])
def test_product_of_matrices_in_any_order(order, calls):
    torch.manual_seed(0)
    a, b = torch.randn(64, 300), torch.randn(300, 150)
    if order == "columns":
        a, b = a.t().contiguous().t(), b.t().contiguous().t()
    elif order == "every second":
        a, b = torch.randn(64, 600)[:, ::2], torch.randn(300, 300)[:, ::2]
    _assert_exact(_with_gradients(product, a, b), _with_gradients(torch.mm, a.double(), b.double()))
    assert calls


@onednn
def test_derivatives_of_gradients():
    torch.manual_seed(0)
    results = []
    a, b = torch.randn(64, 300, requires_grad=True), torch.randn(300, 150, requires_grad=True)
    for function in (product, torch.mm):
        (first,) = torch.autograd.grad((function(a, b) ** 2).sum(), a, create_graph=True)
        results.append(torch.autograd.grad((first**2).sum(), b)[0])
    torch.testing.assert_close(results[0], results[1], rtol=1e-4, atol=1e-3 * results[1].abs().max().item())


@onednn
def test_a_gradient_does_not_depend_on_whether_its_own_will_be_asked_for(calls):
    torch.manual_seed(0)
    leaves = torch.randn(64, 300, requires_grad=True), torch.randn(300, 150, requires_grad=True)
    head = torch.randn(64, 150)
    found = [torch.autograd.grad(product(*leaves), leaves, head, create_graph=again) for again in (False, True)]
    assert all(torch.equal(one, other) for one, other in zip(*found))
    assert len(calls) == 6


@onednn
def test_nan_and_infinity_stay_in_their_rows(calls):
    a, b = torch.ones(64, 300), torch.ones(300, 150)
    a[3, 5], a[7, 1] = float("nan"), float("inf")
    out = product(a, b)
    assert calls and out[3].isnan().all() and out[7].isinf().all()
    assert (out[[row for row in range(64) if row not in (3, 7)]] == 300).all()


@onednn
@pytest.mark.parametrize(
    "operands",
    [
        (torch.ones(2, 3), torch.ones(3, 4)),
        (torch.ones(64, 300, dtype=torch.float64), torch.ones(300, 150, dtype=torch.float64)),
        (torch.ones(1, 3000), torch.ones(3000, 1500)),
    ],
    ids=["small", "double", "one row"],
)
def test_what_it_does_not_take_goes_through_torch(operands, calls):
    assert torch.equal(product(*operands), torch.mm(*operands))
    assert not calls
