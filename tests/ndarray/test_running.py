"""When running statistics move: alike in eager code, hybridized blocks and executors, as MXNet 1.9.1 was seen to."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import nn

FIRST = np.random.RandomState(0).normal(3, 2, (4, 3, 5, 5))
SECOND = np.random.RandomState(1).normal(-5, 2, (4, 3, 5, 5))
OF_FIRST, OF_SECOND = (0.1 * values.mean((0, 2, 3)) for values in (FIRST, SECOND))


class Twice(nn.HybridBlock):
    """One batch norm over two arrays."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.norm = nn.BatchNorm(in_channels=3)

    def hybrid_forward(self, F, x, y):
        return self.norm(x) + 2 * self.norm(y)


@pytest.fixture(params=["eager", "hybridized", "static"])
def made(request):
    def make(net):
        net.initialize()
        if request.param != "eager":
            static = request.param == "static"
            net.hybridize(static_alloc=static, static_shape=static)
        return net

    return make


@pytest.fixture
def norm(made):
    return made(nn.BatchNorm(in_channels=3))


def mean_of(net):
    (running,) = net.collect_params(".*running_mean").values()
    return running.data().asnumpy()


def recorded(net, *arrays, **mode):
    with autograd.record(**mode):
        return net(*(nd.array(each) for each in arrays))


def assert_moved(net, expected):
    np.testing.assert_allclose(mean_of(net), expected, rtol=1e-5, atol=1e-7)


def test_they_move_in_the_backward(norm):
    out = recorded(norm, FIRST)
    assert_moved(norm, 0)
    before = norm(nd.array(FIRST)).asnumpy()
    out.backward()
    assert_moved(norm, OF_FIRST)
    assert np.abs(norm(nd.array(FIRST)).asnumpy() - before).max() > 0.1


def test_they_move_from_the_values_they_have_then(norm):
    out = recorded(norm, FIRST)
    norm.running_mean.set_data(nd.ones(3))
    out.backward()
    assert_moved(norm, 0.9 + OF_FIRST)


def test_every_backward_moves_them(norm):
    out = recorded(norm, FIRST)
    out.backward(retain_graph=True)
    out.backward()
    assert_moved(norm, 0.9 * OF_FIRST + OF_FIRST)


def test_no_gradient_no_move(norm):
    with autograd.train_mode():
        norm(nd.array(FIRST))
    x = nd.array(FIRST)
    x.attach_grad()
    with autograd.record():
        norm(x)
        elsewhere = (x * 2).sum()
    elsewhere.backward()
    recorded(norm, FIRST, train_mode=False).backward()
    recorded(norm, FIRST).backward(train_mode=False)
    assert_moved(norm, 0)
    recorded(norm, FIRST).backward()
    assert_moved(norm, OF_FIRST)


def test_fixed_parameters_do_not_keep_them(norm):
    norm.collect_params().setattr("grad_req", "null")
    x = nd.array(FIRST)
    with autograd.record():
        norm(x)
    assert_moved(norm, 0)
    x.attach_grad()
    with autograd.record():
        out = norm(x)
    out.backward()
    assert_moved(norm, OF_FIRST)


def test_grad_moves_them_too(norm):
    out = recorded(norm, FIRST)
    autograd.grad([out], [norm.gamma.data()], train_mode=False, retain_graph=True)
    assert_moved(norm, 0)
    autograd.grad([out], [norm.gamma.data()])
    assert_moved(norm, OF_FIRST)


def test_two_calls_move_them_twice_the_last_first(norm):
    with autograd.record():
        out = norm(nd.array(FIRST)) + 2 * norm(nd.array(SECOND))
    out.backward()
    assert_moved(norm, 0.9 * OF_SECOND + OF_FIRST)


def test_one_norm_over_two_arrays_moves_twice(made):
    net = made(Twice())
    recorded(net, FIRST, SECOND).backward()
    assert_moved(net, 0.9 * OF_SECOND + OF_FIRST)


def test_a_generator_is_not_moved_by_the_step_of_its_critic(made):
    generator, critic = made(nn.HybridSequential()), made(nn.Dense(1, in_units=3))
    generator.add(nn.BatchNorm(in_channels=3))
    generator.initialize()
    with autograd.record():
        out = critic(generator(nd.array(FIRST)).mean(axis=(2, 3)).detach())
    out.backward()
    assert_moved(generator, 0)


@pytest.mark.parametrize(("fused", "gradients"), [(True, ["data"]), (True, ["bn_gamma"]), (False, ["data"])])
def test_of_an_executor_too(fused, gradients):
    symbol = mx.sym.BatchNorm(mx.sym.Variable("data"), fix_gamma=False, name="bn")
    if fused:
        symbol = mx.sym.relu(symbol)
    request = {name: "write" if name in gradients else "null" for name in ("data", "bn_gamma", "bn_beta")}
    executor = symbol.simple_bind(mx.cpu(), grad_req=request, data=FIRST.shape)
    executor.arg_dict["data"][:] = FIRST
    executor.aux_dict["bn_moving_var"][:] = 1

    def assert_mean(expected):
        moved = executor.aux_dict["bn_moving_mean"].asnumpy()
        np.testing.assert_allclose(moved, expected, rtol=1e-5, atol=1e-7)

    ones = nd.ones(FIRST.shape)
    executor.forward(is_train=False)
    executor.backward(ones)
    executor.forward(is_train=True)
    executor.forward(is_train=False)
    executor.backward(ones)
    executor.forward(is_train=True)
    executor.backward(ones, is_train=False)
    assert_mean(0)
    executor.forward(is_train=True)
    executor.forward(is_train=True)
    executor.backward(ones)
    assert_mean(OF_FIRST)
    executor.forward(is_train=True)
    executor.aux_dict["bn_moving_mean"][:] = 1
    executor.backward(ones)
    assert_mean(0.9 + OF_FIRST)


def test_without_gradients_an_executor_leaves_them():
    symbol = mx.sym.BatchNorm(mx.sym.Variable("data"), fix_gamma=False, name="bn")
    states = {"bn_moving_mean": nd.zeros(3), "bn_moving_var": nd.ones(3)}
    arguments = {"data": nd.array(FIRST), "bn_gamma": nd.ones(3), "bn_beta": nd.zeros(3)}
    executor = symbol.bind(mx.cpu(), arguments, aux_states=states)
    executor.forward(is_train=True)
    executor.backward(nd.ones(FIRST.shape))
    assert states["bn_moving_mean"].asnumpy().tolist() == [0, 0, 0]


def test_the_mean_activation_of_a_sparse_layer():
    symbol = mx.sym.IdentityAttachKLSparseReg(mx.sym.sigmoid(mx.sym.Variable("data")), name="kl")
    executor = symbol.simple_bind(mx.cpu(), data=(4, 3))
    executor.arg_dict["data"][:] = 1
    executor.forward(is_train=True)
    assert executor.aux_dict["kl_moving_avg"].asnumpy().tolist() == [0, 0, 0]
    executor.backward(nd.ones((4, 3)))
    np.testing.assert_allclose(executor.aux_dict["kl_moving_avg"].asnumpy(), 0.1 / (1 + np.exp(-1)), rtol=1e-5)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch's own, from inside torch.compile
def test_of_a_compiled_graph_too():
    net = nn.HybridSequential()
    net.add(nn.BatchNorm(in_channels=3), nn.Activation("relu"))
    net.initialize()
    net.optimize_for(nd.array(FIRST), backend="inductor")
    out = recorded(net, FIRST)
    assert_moved(net, 0)
    out.backward()
    assert_moved(net, OF_FIRST)
