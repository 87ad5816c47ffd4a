"""The ledger: accounts that end with their memory, counts, what is kept, what is lent, whose memory it is."""

import gc
import threading

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import _receiving, autograd, memory, nd
from mxnet.kernels.library import library

needs_kernels = pytest.mark.skipif(library() is None, reason="nothing is put off without the C kernels (no compiler)")


def convolve(x, w):
    return nd.Convolution(x, w, kernel=(3, 3), num_filter=w.shape[0], no_bias=True)


# --- accounts -------------------------------------------------------------------------------------------------------


def lent_accounts():
    return sum(type(each) is memory._Account and each.lent for each in gc.get_objects())


def test_accounts_end_with_their_memory():
    gc.collect()
    before, lent = len(memory._concerned), lent_accounts()
    for _ in range(2000):
        np.asarray(nd.ones((3,)))
        memory.stamp(torch.ones(3))
    gc.collect()
    assert len(memory._concerned) <= before + 1
    assert lent_accounts() <= lent


def test_an_address_that_is_used_again_is_not_lent():
    again = 0
    for _ in range(200):
        x = nd.ones((1000,))
        address = x.as_torch().data_ptr()
        del x
        tensor = torch.ones(1000)
        again += tensor.data_ptr() == address
        assert memory.stamp(tensor) is not None
    assert again, "no address was used again"


def test_views_and_detached_tensors_have_one_account():
    tensor = torch.ones(4, 3)
    stamps = [memory.stamp(each) for each in (tensor, tensor[1], tensor.detach(), tensor.data, tensor.reshape(-1))]
    with memory.writing(tensor[2]):
        pass
    for each, old in zip((tensor, tensor[1], tensor.detach(), tensor.data, tensor.reshape(-1)), stamps):
        assert memory.stamp(each) != old


def test_there_is_no_stamp_while_somebody_writes():
    tensor = torch.ones(3)
    before = memory.stamp(tensor)
    with memory.writing(tensor):
        assert memory.stamp(tensor) is None
        with memory.writing(tensor):
            assert memory.stamp(tensor) is None
        assert memory.stamp(tensor) is None, "the first writer is not done"
    assert memory.stamp(tensor) not in (None, before)


def test_a_write_that_fails_is_over():
    tensor = torch.ones(3)
    memory.stamp(tensor)
    with pytest.raises(RuntimeError), memory.writing(tensor) as (inside,):
        inside.copy_(torch.ones(4))
    with pytest.raises(RuntimeError):
        memory.copy(tensor, torch.ones(4))
    with pytest.raises(IndexError):
        memory.put(tensor, 7, 1.0)
    assert memory.stamp(tensor) is not None
    assert not memory._under_way


def test_a_write_that_began_before_the_account_was_opened_is_not_trusted():
    """Its writer found no account to count in, so what is read meanwhile may be half written."""
    tensor, made = torch.ones(3), []
    kept = memory.Kept()

    def make():
        made.append(tensor.clone())
        return made[-1]

    with memory.writing(tensor) as (inside,):
        kept.get([tensor], make)
        inside.fill_(2)
    assert kept.get([tensor], make).tolist() == [2, 2, 2]


def test_what_was_folded_during_a_write_is_not_kept():
    tensor = torch.ones(3)
    kept = memory.Kept()
    kept.get([tensor], tensor.clone)

    def make_while_written():
        result = tensor.clone()
        memory.copy(tensor, torch.full((3,), 5.0))
        return result

    with memory.writing(tensor):
        pass
    kept.get([tensor], make_while_written)
    assert kept._made is None
    assert kept.get([tensor], tensor.clone).tolist() == [5, 5, 5]


@pytest.mark.parametrize("change", ["write", "other memory", "lent", "torch's own write"])
def test_what_is_kept_is_made_again_after(change):
    tensor, kept, calls = torch.ones(3), memory.Kept(), []

    def make():
        calls.append(1)
        return tensor.clone()

    kept.get([tensor], make)
    kept.get([tensor.detach()], make)
    assert len(calls) == 1, "another tensor of the same memory is as good"
    if change == "write":
        memory.fill([tensor[1:]], 3)
    elif change == "other memory":
        memory.swap(tensor, torch.full((3,), 3.0))
    elif change == "lent":
        memory.lend(tensor)
        tensor.data.fill_(3)
    else:
        tensor.fill_(3)
    assert kept.get([tensor], make)[2] == 3
    assert len(calls) == 2


def test_a_number_is_filled_in_once():
    tensor = torch.zeros(3)
    memory.filled(tensor, 1.0)
    stamp = memory.stamp(tensor)
    memory.filled(tensor, 1.0)
    assert memory.stamp(tensor) == stamp
    memory.filled(tensor, 2.0)
    assert tensor.tolist() == [2, 2, 2]
    memory.put(tensor, 1, 5.0)
    memory.filled(tensor, 2.0)
    assert tensor.tolist() == [2, 2, 2]
    memory.lend(tensor)
    tensor.data.fill_(7)
    memory.filled(tensor, 2.0)
    assert tensor.tolist() == [2, 2, 2]
    part = torch.zeros(4)
    memory.filled(part[:2], 1.0)
    memory.filled(part[2:], 1.0)
    assert part.tolist() == [1, 1, 1, 1]


# --- whose memory it is ---------------------------------------------------------------------------------------------


def test_memory_is_alone():
    assert memory.alone(torch.ones(3))
    tensor = torch.ones(3)
    memory.stamp(tensor)
    assert memory.alone(tensor)


@pytest.mark.parametrize(
    "other",
    [
        lambda array: array.as_torch(), lambda array: array[1:], lambda array: array.reshape((1, -1)),
        lambda array: array.detach(), np.asarray, lambda array: array.as_np_ndarray(), nd.NDArray,
        lambda array: torch.from_dlpack(array.to_dlpack_for_read()), lambda array: array._t.detach(),
    ],
)  # fmt: skip
def test_memory_that_another_has_is_not_alone(other):
    array = nd.ones((3,))
    held = other(array)
    assert not memory.alone(array._t)
    del held


def test_a_part_of_memory_is_not_alone():
    assert not memory.alone(torch.ones(8)[:4])


SIZE = 4096


def variables(*names):
    made = [nd.zeros((SIZE,)) for _ in names]
    for each in made:
        each.attach_grad()
    return made


@pytest.mark.parametrize("head", ["given", "ones", "kept by torch"])
def test_gradients_of_two_variables_share_nothing(head):
    a, b = variables("a", "b")
    with autograd.record():
        y = a.reshape((64, 64)) + b.reshape((64, 64))
    given = nd.ones((64, 64)) if head == "given" else None
    y.backward(given)
    a.grad[:] = 100
    assert b.grad[:3].asnumpy().tolist() == [1, 1, 1]
    if given is not None:
        assert given[0, 0].asscalar() == 1
        given[:] = 7
        assert b.grad[0].asscalar() == 1
    for each in (a, b):
        each.grad[:] = 1
    a.grad[:] *= 0.5
    b.grad[:] *= 0.5
    assert a.grad[0].asscalar() == b.grad[0].asscalar() == 0.5


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_that_are_asked_for_share_nothing(create_graph):
    a, b = variables("a", "b")
    head = nd.ones((SIZE,))
    with autograd.record():
        y = a + b
        first, second = autograd.grad(y, [a, b], head, create_graph=create_graph)
    for each in (first, second, head):
        memory.fill([each._t], 7)
        assert sorted(float(array._t.detach()[0]) for array in (first, second, head)) == [1, 1, 7]
        memory.fill([each._t], 1)


def test_gradients_of_a_backward_beside_another_share_nothing():
    """The second of two backwards at once asks torch for its gradients."""
    a, b = variables("a", "b")
    head = nd.ones((SIZE,))
    with autograd.record():
        y = a + b
    with _receiving._gathering:
        y.backward(head)
    a.grad[:] = 100
    assert b.grad[0].asscalar() == head[0].asscalar() == 1
    b.grad[:] = 50
    assert a.grad[0].asscalar() == 100
    assert head[0].asscalar() == 1


def test_a_gradient_that_is_the_head_s_shares_nothing():
    (a,) = variables("a")
    with autograd.record():
        y = a.reshape((64, 64))
    head = nd.ones((64, 64))
    y.backward(head)
    head[:] = 5
    assert a.grad[0].asscalar() == 1


def test_what_a_function_s_backward_keeps_is_its_own():
    kept = []

    class Double(autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, dy):
            kept.append(dy * 2)
            return kept[-1]

    (a,) = variables("a")
    with autograd.record():
        y = Double()(a)
    y.backward()
    a.grad[:] = 9
    assert kept[0][0].asscalar() == 2


@pytest.mark.parametrize(
    "other",
    [
        lambda grad: grad[:10], lambda grad: grad.reshape((64, -1)), lambda grad: grad.detach(),
        lambda grad: nd.NDArray(grad), lambda grad: grad.as_np_ndarray(), lambda grad: nd.NDArray(grad.as_torch()),
        lambda grad: nd.from_dlpack(grad.to_dlpack_for_write()), np.asarray,
    ],
)  # fmt: skip
def test_views_of_a_buffer_stay_its_views(other):
    """The gradient is copied where somebody else has the buffer's memory."""
    (a,) = variables("a")
    view = other(a.grad)
    for factor in (2, 3):
        with autograd.record():
            y = a * factor
        y.backward()
        assert np.asarray(view).reshape(-1)[0] == factor
        assert a.grad[0].asscalar() == factor


def test_a_buffer_that_nobody_else_has_is_replaced():
    (a,) = variables("a")
    before = a.grad._t.data_ptr()
    with autograd.record():
        y = a * 2
    y.backward()
    assert a.grad._t.data_ptr() != before


# --- pending --------------------------------------------------------------------------------------------------------


@needs_kernels
def test_what_depends_on_other_memory_stays_pending():
    x, w = nd.ones((16, 1, 6, 6)), nd.ones((2, 1, 3, 3))
    y, z = convolve(x, w), convolve(nd.ones((16, 1, 6, 6)), nd.ones((2, 1, 3, 3)))
    nd.zeros((3,))[:] = 1
    x[0, 0, 0, 0] = 5
    assert y._uncomputed is None
    assert z._uncomputed is not None
    nd.waitall()
    assert z._uncomputed is None


@needs_kernels
def test_nothing_is_put_off_over_lent_memory():
    x, w = nd.ones((16, 1, 6, 6)), nd.ones((2, 1, 3, 3))
    pending = convolve(x, w)
    x.as_torch()
    assert pending._uncomputed is None
    assert convolve(x, w)._uncomputed is None
    assert convolve(nd.ones((16, 1, 6, 6)), w)._uncomputed is not None


@needs_kernels
def test_an_error_belongs_to_its_array(monkeypatch):
    x, w = nd.ones((16, 1, 6, 6)), nd.ones((2, 1, 3, 3))
    y = convolve(x, w)
    rest = nd.relu(y)

    def fail(*args):
        raise RuntimeError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr("mxnet.kernels.run", fail)
        x[:] = 2  # somebody writes, and sees nothing of it
        assert x[0, 0, 0, 0].asscalar() == 2
    for array in (y, y, rest):
        with pytest.raises(mx.MXNetError, match="Convolution: no memory"):
            array.asnumpy()
    assert y.shape == (16, 2, 4, 4)


@needs_kernels
def test_a_write_past_the_ledger_is_an_error_and_no_number():
    x, w = nd.ones((16, 1, 6, 6)), nd.ones((2, 1, 3, 3))
    y = convolve(x, w)
    x._t.fill_(5)
    with pytest.raises(mx.MXNetError, match=r"Convolution: an input of shape \(16, 1, 6, 6\) was written to"):
        y.asnumpy()


@needs_kernels
def test_the_check_finds_writes_that_torch_does_not_count(monkeypatch):
    monkeypatch.setattr(memory, "CHECKING", True)
    x, w = nd.ones((16, 1, 6, 6)), nd.ones((2, 1, 3, 3))
    y = convolve(x, w)
    w._t.data.fill_(5)
    with pytest.raises(mx.MXNetError, match=r"an input of shape \(2, 1, 3, 3\) was written to"):
        y.asnumpy()
    tensor, kept = torch.ones(3), memory.Kept()
    kept.get([tensor], tensor.clone)
    tensor.data.fill_(5)
    with pytest.raises(mx.MXNetError, match="without being counted"):
        kept.get([tensor], tensor.clone)


# --- what writes ----------------------------------------------------------------------------------------------------


def test_threads_that_write_at_once_are_counted():
    tensor = torch.zeros(2)
    memory.stamp(tensor)
    start = memory._found(tensor).count

    def write():
        for _ in range(500):
            memory.put(tensor, 0, 1.0)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory._found(tensor).count == start + 4 * 500 * 2
    assert memory._found(tensor).writers == 0


@pytest.mark.parametrize("what", ["pending", "kept", "filled"])
def test_a_write_hears_of_the_only_one_concerned(what, monkeypatch):
    """Whatever else is pending or kept in this process has every write look for accounts."""
    monkeypatch.setattr(memory, "_concerned", set())
    x, kept = nd.ones((16, 1, 6, 6)), memory.Kept()
    if what == "pending":
        if library() is None:
            pytest.skip("nothing is put off without the C kernels (no compiler)")
        y = convolve(x, nd.ones((2, 1, 3, 3)))
        x[:] = 5
        assert y[0, 0, 0, 0].asscalar() == 9
        del y
    elif what == "kept":
        kept.get([x._t], x._t.clone)
        x[:] = 5
        assert kept.get([x._t], x._t.clone)[0, 0, 0, 0] == 5
    else:
        memory.filled(x._t, 1.0)
        x[:] = 5
        memory.filled(x._t, 1.0)
        assert (x.asnumpy() == 1).all()
    del x, kept
    gc.collect()
    assert not memory._concerned


@needs_kernels
def test_one_of_two_that_are_pending_on_the_same_memory_is_dropped(monkeypatch):
    monkeypatch.setattr(memory, "_concerned", set())
    x, w = nd.ones((16, 1, 6, 6)), nd.ones((2, 1, 3, 3))
    kept, dropped = convolve(x, w), convolve(x, w)
    del dropped
    gc.collect()
    x[:] = 5
    assert kept[0, 0, 0, 0].asscalar() == 9
