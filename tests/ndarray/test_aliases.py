"""Every writer, through every alias of an array's memory: what was asked for before comes out as if computed before,
what is asked for after sees the write, and nothing that was kept of weights is used any longer."""

import functools

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn
from mxnet.kernels.library import library


def by_dlpack(array):
    return nd.from_dlpack(array.to_dlpack_for_write())


def by_numpy(array):
    return nd.from_numpy(np.asarray(array))


#: other arrays of the same memory
ALIASES = {
    "itself": lambda array: array,
    "slice": lambda array: array[1:3],
    "whole slice": lambda array: array[:],
    "element": lambda array: array[0],
    "slice of a slice": lambda array: array[0:3][1:2],
    "reshape": lambda array: array.reshape((-1,)),
    "detach": lambda array: array.detach(),
    "as_np_ndarray": lambda array: array.as_np_ndarray().as_nd_ndarray(),
    "NDArray": nd.NDArray,
    "DLPack out and in": by_dlpack,
    "NumPy out and in": by_numpy,
    "torch out and in": lambda array: nd.NDArray(array.as_torch().detach()),
}


def like(target, seed=5):
    return nd.array(np.random.RandomState(seed).uniform(-2, 2, target.shape))


def gradient_into(target, grad_req):
    variable = like(target)
    autograd.mark_variables([variable], [target], grad_req)
    with autograd.record():
        loss = (variable * like(target, 6)).sum()
    loss.backward()


def bound(target):
    """An executor that has an array as its argument."""
    gradients = {"x": nd.zeros_like(target)}
    return (mx.sym.Variable("x") * 2).bind(mx.cpu(), {"x": target}, gradients)


def executor_backward(target):
    executor = (mx.sym.Variable("x") * 3).bind(mx.cpu(), {"x": like(target)}, {"x": target})
    executor.forward(is_train=True)
    executor.backward(like(target, 6))


def pulled(target):
    store = mx.kv.create("local")
    store.init("w", like(target))
    store.pull("w", out=target)


def pushed_and_pulled(target):
    store = mx.kv.create("local")
    store.init("w", like(target))
    store.pushpull("w", like(target, 6), out=target)


def optimized(name, **options):
    def write(target):
        optimizer = mx.optimizer.create(name, learning_rate=0.5, **options)
        state = optimizer.create_state(0, target)
        optimizer.update(0, target, like(target), state)

    return write


def momentum(target):
    optimizer = mx.optimizer.create("sgd", learning_rate=0.5, momentum=0.9)
    optimizer.update(0, nd.zeros_like(target), like(target), target)


def parameter_of(target):
    parameter = gluon.Parameter("p", shape=target.shape)
    parameter.initialize()
    parameter._data = [target]
    return parameter


def zero_grad(target):
    parameter = gluon.Parameter("p", shape=target.shape)
    parameter.initialize()
    parameter._grad = [target]
    parameter.zero_grad()


def zero_all_gradients(target):
    parameters = gluon.ParameterDict()
    parameters.get("p", shape=target.shape).initialize()
    parameters["p"]._grad = [target]
    parameters.zero_grad()


def running_mean(target):
    flat = target.reshape((-1,))
    count = flat.shape[0]
    data = like(nd.zeros((3, count, 2)))
    data.attach_grad()
    with autograd.record():
        out = nd.BatchNorm(data, nd.ones((count,)), nd.zeros((count,)), flat, nd.ones((count,)), momentum=0.5)
    out.backward()


def fixed_scale(target):
    flat = target.reshape((-1,))
    count = flat.shape[0]
    zeros, ones = nd.zeros((count,)), nd.ones((count,))
    nd.BatchNorm(nd.ones((3, count, 2)), flat, zeros, zeros, ones, fix_gamma=True)


def adopted_by_trainer(target):
    parameter = parameter_of(target.detach())
    parameter._take(parameter._data)
    trainer = gluon.Trainer([parameter], "adam", {"learning_rate": 0.5})
    with autograd.record():
        loss = (parameter.data() * like(target)).sum()
    loss.backward()
    trainer.step(1)


def updated_in_a_graph(target):
    weight, gradient, mom = map(mx.sym.Variable, ("weight", "gradient", "mom"))
    symbol = mx.sym.sgd_mom_update(weight, gradient, mom, lr=0.5, momentum=0.9)
    states = {"mom": target}
    arguments = {"weight": nd.zeros_like(target), "gradient": like(target)}
    symbol.bind(mx.cpu(), arguments, aux_states=states, grad_req="null").forward()[0].asnumpy()


def one(target):
    return nd.zeros_like(target), like(target)


#: everything that writes into an array's memory
WRITERS = {
    "assign a number": lambda t: t.__setitem__(slice(None), 7),
    "assign an array": lambda t: t.__setitem__(slice(None), like(t)),
    "assign NumPy's": lambda t: t.__setitem__(slice(None), like(t).asnumpy()),
    "assign a part": lambda t: t.__setitem__(0, 7),
    "assign backwards": lambda t: t.__setitem__(slice(None, None, -1), like(t)),
    "assign by an index": lambda t: t.__setitem__(nd.array([0]), 7),
    "multiply in place": lambda t: t.__imul__(3),
    "add in place": lambda t: t.__iadd__(like(t)),
    "out=": lambda t: nd.elemwise_add(like(t), like(t, 6), out=t),
    "zeros out=": lambda t: nd.zeros(t.shape, out=t),
    "copyto": lambda t: like(t).copyto(t),
    "slice_assign": lambda t: t.slice_assign(like(t)[0:1], (0,), (1,), (1,)),
    "slice_assign_scalar": lambda t: t.slice_assign_scalar(7, (0,), (1,), (1,)),
    "random": lambda t: nd.random.uniform(shape=t.shape, out=t),
    "normal": lambda t: mx.random.normal(shape=t.shape, out=t),
    "np, assigned": lambda t: t.as_np_ndarray().__setitem__(slice(None), mx.np.random.normal(size=t.shape)),
    "np, by a mask": lambda t: t.as_np_ndarray().__setitem__(t.as_np_ndarray() == t.as_np_ndarray(), 7),
    "np, in place": lambda t: t.as_np_ndarray().__iadd__(1),
    "shuffle": lambda t: nd.shuffle(like(t), out=t),
    "initializer": lambda t: mx.init.Constant(3)(mx.init.InitDesc("w_weight"), t),
    "clip_global_norm": lambda t: gluon.utils.clip_global_norm([t], 1e-3),
    "reset_arrays": lambda t: nd.reset_arrays(t, num_arrays=1),
    "sgd_update": lambda t: nd.sgd_update(t, like(t), lr=0.5, out=t),
    "sgd_mom_update": lambda t: nd.sgd_mom_update(*one(t), t, lr=0.5, momentum=0.9),
    "adam_update": lambda t: nd.adam_update(*one(t), nd.zeros_like(t), t, lr=0.5),
    "rmsprop_update": lambda t: nd.rmsprop_update(*one(t), t, lr=0.5),
    "signum_update": lambda t: nd.signum_update(*one(t), t, lr=0.5, momentum=0.9),
    "lamb_update_phase1": lambda t: nd.lamb_update_phase1(*one(t), t, nd.zeros_like(t), t=1, wd=0),
    "sgd_mom_update in a graph": updated_in_a_graph,
    "multi_sgd_mom_update": lambda t: nd.multi_sgd_mom_update(*one(t), t, lrs=(0.5,), wds=(0,), momentum=0.9),
    "adamw_update": lambda t: nd.contrib.adamw_update(*one(t), t, nd.zeros_like(t), 1.0, lr=0.5, eta=1.0),
    "mp_sgd_update": lambda t: nd.mp_sgd_update(*(each.astype("float16") for each in one(t)), t, lr=0.5),
    "BatchNorm's mean": running_mean,
    "BatchNorm's scale": fixed_scale,
    "gradient, write": lambda t: gradient_into(t, "write"),
    "gradient, add": lambda t: gradient_into(t, "add"),
    "zero_grad": zero_grad,
    "zero_grad of all": zero_all_gradients,
    "set_data": lambda t: parameter_of(t).set_data(like(t)),
    "load": lambda t: parameter_of(t)._load_init(like(t), mx.cpu()),
    "executor's forward": lambda t: bound(t).forward(x=like(t)),
    "executor's parameters": lambda t: bound(t).copy_params_from({"x": like(t)}),
    "executor's backward": executor_backward,
    "kvstore.pull": pulled,
    "kvstore.pushpull": pushed_and_pulled,
    "sgd": optimized("sgd"),
    "adam": optimized("adam"),
    "sgld": optimized("sgld"),
    "dcasgd": optimized("dcasgd"),
    "nadam": optimized("nadam"),
    "lamb": optimized("lamb"),
    "an optimizer's state": momentum,
    "Trainer.step": adopted_by_trainer,
}
#: what writes into one part of an array is given no single element to do it in
NEEDS_ROWS = {"assign by an index"}

#: ways to hand memory out, each giving what the other party writes with
FOREIGN = {
    "as_torch": lambda array: array.as_torch().detach().fill_,
    "handle": lambda array: array.handle.detach().fill_,
    "NumPy": lambda array: np.asarray(array).fill,
    "DLPack": lambda array: torch.from_dlpack(array.to_dlpack_for_write()).fill_,
    "DLPack's protocol": lambda array: torch.from_dlpack(array.detach()).fill_,
    "view's as_torch": lambda array: array[1:3].as_torch().detach().fill_,
}


class Subject:
    """A network whose first weight is written to: narrow for chains, wide for oneDNN's packed convolutions."""

    def __init__(self, channels, hybridized):
        self.net = nn.HybridSequential()
        filters = max(channels, 4)
        self.net.add(nn.Conv2D(filters, 3, in_channels=channels, use_bias=False), nn.BatchNorm(in_channels=filters))
        self.net.initialize(mx.init.Uniform(1))
        if hybridized:
            self.net.hybridize()
        self.x = like(nd.zeros((16, channels, 6, 6)), 1)
        self.weight = self.net[0].weight.data()

    def convolved(self):
        return nd.Convolution(self.x, self.weight, kernel=(3, 3), num_filter=self.weight.shape[0], no_bias=True)

    def plain(self):
        """The convolution, and the network, of the elements as they are now."""
        convolution = torch.conv2d(torch.from_numpy(self.x.asnumpy()), torch.from_numpy(self.weight.asnumpy()))
        return convolution.numpy(), convolution.numpy() / np.sqrt(1 + 1e-5)


def close(ours, wanted):
    np.testing.assert_allclose(ours.asnumpy(), wanted, rtol=1e-4, atol=1e-4 * max(1, np.abs(wanted).max()))


def check(subject, write):
    old, _ = subject.plain()
    if subject.net._active:
        subject.net(subject.x)  # what is kept of weights is kept now
        close(subject.net(subject.x), subject.plain()[1])
    before = subject.weight.asnumpy()
    pending = subject.convolved()
    write()
    new, predicted = subject.plain()
    assert not np.array_equal(before, subject.weight.asnumpy()), "the writer wrote nothing"
    close(pending, old)
    close(subject.convolved(), new)
    close(subject.net(subject.x), predicted)


@pytest.mark.parametrize("channels", [2, 16])
@pytest.mark.parametrize("alias", ALIASES)
def test_every_writer(alias, channels):
    for name, write in WRITERS.items():
        if alias == "element" and name in NEEDS_ROWS:
            continue
        subject = Subject(channels, hybridized=True)
        target = ALIASES[alias](subject.weight)
        try:
            check(subject, functools.partial(write, target))
        except AssertionError as error:
            raise AssertionError(f"{name} through {alias}: {error}") from error


@pytest.mark.parametrize("channels", [2, 16])
@pytest.mark.parametrize("lent", ["before", "after"])
@pytest.mark.parametrize("foreign", FOREIGN)
def test_memory_in_other_hands(foreign, lent, channels):
    """Handed out before the call or after it, and written to unseen."""
    subject = Subject(channels, hybridized=True)
    hand_out = FOREIGN[foreign]
    held = hand_out(subject.weight) if lent == "before" else None
    check(subject, lambda: (held or hand_out(subject.weight))(7))
    held = held or hand_out(subject.weight)
    check(subject, lambda: held(3))


@pytest.mark.parametrize("adopt", ["NDArray", "from_dlpack", "from_numpy"])
def test_memory_from_other_hands(adopt):
    elements = np.ones((1, 1, 6, 6), "f")
    tensor = torch.from_numpy(elements)
    makers = {"NDArray": lambda: nd.NDArray(tensor), "from_dlpack": lambda: nd.from_dlpack(tensor)}
    x = makers[adopt]() if adopt in makers else nd.from_numpy(elements)
    y = nd.Convolution(x, nd.ones((2, 1, 3, 3)), kernel=(3, 3), num_filter=2, no_bias=True)
    tensor.zero_()
    assert y[0, 0, 0, 0].asscalar() == 9
    assert x.sum().asscalar() == 0


@pytest.mark.skipif(library() is None, reason="nothing is put off without the C kernels (no compiler)")
def test_the_matrix_is_about_arrays_that_are_put_off():
    for channels in (2, 16):
        assert Subject(channels, hybridized=False).convolved()._uncomputed is not None


@pytest.mark.parametrize("writer", WRITERS)
def test_views_of_gradient_buffers(writer):
    x = nd.ones((4, 2, 3, 3))
    x.attach_grad()
    x.grad[:] = like(x, 9)
    view = x.grad.reshape((-1,))
    before = x.grad.asnumpy()
    data = like(nd.zeros((16, 2, 6, 6)), 1)
    pending = nd.Convolution(data, x.grad, kernel=(3, 3), num_filter=4, no_bias=True)
    WRITERS[writer](view)
    assert not np.array_equal(before, x.grad.asnumpy())
    wanted = torch.conv2d(torch.from_numpy(data.asnumpy()), torch.from_numpy(before))
    close(pending, wanted.numpy())
