"""Symbols at work: shapes, dtypes, executors."""

import numpy as np

from fidelity.support import data, head_gradient, tolerance


def _shapes(net, **known):
    return net.infer_shape(**known), net.infer_shape_partial(**known)


def shapes(mx):
    sym = mx.sym
    x, y = sym.Variable("x"), sym.Variable("y")
    conv = sym.Convolution(x, kernel=(3, 3), num_filter=8, name="c")
    dense = sym.FullyConnected(x, num_hidden=3, name="f")
    return [
        _shapes(conv, x=(1, 3, 8, 8)), _shapes(conv), _shapes(conv, x=(0, 3, 8, 8)), _shapes(conv, c_bias=(8,)),
        _shapes(conv, x=(1, 3, 8, 8), c_weight=(8, 3, 3, 3)), _shapes(dense, x=(2, 3, 4)), _shapes(dense, x=(0, 3, 4)),
        _shapes(x + y, x=(2, 3)), _shapes(x + y, y=(2, 3)), _shapes(x + y, x=(2, 3), y=(2, 0)),
        _shapes(sym.broadcast_add(x, y), x=(2, 3), y=(1, 3)), _shapes(sym.dot(x, y), x=(2, 3)),
        _shapes(sym.BatchNorm(x, name="b"), x=(2, 3, 4, 4)), _shapes(x, x=(4,)),
        _shapes(sym.Embedding(x, input_dim=3, output_dim=2, name="e"), x=(4, 5)),
        _shapes(sym.SoftmaxOutput(x, name="s"), x=(2, 3)),
        _shapes(sym.SoftmaxOutput(x, multi_output=True), x=(2, 3, 4)),
        _shapes(sym.LinearRegressionOutput(x, name="l"), x=(2, 3)), _shapes(sym.Reshape(x, shape=(0, -1)), x=(2, 3, 4)),
        _shapes(sym.zeros((2, 3))), _shapes(sym.zeros((0, 3)) + x, x=(2, 3)),
        _shapes(sym.LeakyReLU(x, act_type="prelu", name="p"), x=(5, 2, 4)),
        _shapes(sym.Variable("q", shape=(2, 3)) * 2),
        _shapes(sym.Pooling(x, kernel=(2, 2)), x=(0, 3, 8, 8)), _shapes(sym.split(x, num_outputs=2), x=(2, 4)),
    ]  # fmt: skip


def dtypes(mx):
    sym = mx.sym
    x, y = sym.Variable("x"), sym.Variable("y")
    asked = [
        (sym.Convolution(x, kernel=(3, 3), num_filter=8), {"x": "float16"}), (x + y, {"x": "int32"}), (x + y, {}),
        (sym.Embedding(x, input_dim=3, output_dim=2), {"x": "int32"}), (sym.SoftmaxOutput(x), {"x": "float16"}),
        (sym.BatchNorm(x), {"x": "float16"}), (sym.Cast(x, dtype="int8"), {"x": "float32"}),
        (sym.argmax(x), {"x": "float16"}), (sym.Variable("q", dtype="float16") + 1, {}), (sym.zeros((2,)), {}),
        (sym.FullyConnected(x, num_hidden=2), {"x": np.float64}), (sym.one_hot(x, 3), {"x": "int32"}),
    ]  # fmt: skip
    return [[str(kinds) for kinds in net.infer_type(**known)] for net, known in asked]


def shapes_that_contradict(mx):
    (mx.sym.Variable("x") + mx.sym.Variable("y")).infer_shape(x=(2, 3), y=(3, 2))


def weight_that_does_not_fit(mx):
    net = mx.sym.Convolution(mx.sym.Variable("x"), kernel=(3, 3), num_filter=8, name="c")
    net.infer_shape(x=(1, 3, 8, 8), c_weight=(8, 2, 3, 3))


def kernel_that_does_not_fit(mx):
    mx.sym.Convolution(mx.sym.Variable("x"), kernel=(3, 3), num_filter=8).infer_shape(x=(1, 3, 2, 2))


def shape_of_a_stranger(mx):
    (mx.sym.Variable("x") + 1).infer_shape(y=(1,))


def dtypes_that_contradict(mx):
    mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=2, name="f").infer_type(x="float16", f_weight="float32")


@tolerance(rtol=1e-4, reason="products are summed in another order")
def trained_step(mx):
    sym = mx.sym
    x = sym.Convolution(sym.Variable("x"), kernel=(3, 3), num_filter=2, name="c")
    x = sym.BatchNorm(x, fix_gamma=False, name="b")
    x = sym.Pooling(sym.Activation(x, act_type="tanh"), kernel=(2, 2), stride=(2, 2), pool_type="max")
    net = sym.SoftmaxOutput(sym.FullyConnected(x, num_hidden=3, name="f"), name="s")
    executor = net.simple_bind(mx.cpu(), x=(4, 2, 6, 6))
    for number, name in enumerate(net.list_arguments()):
        array = executor.arg_dict[name]
        array[:] = mx.nd.array([0, 1, 2, 1] if name == "s_label" else data(array.shape, seed=number, low=0, high=1))
    executor.aux_dict["b_moving_var"][:] = 1
    before = executor.forward()[0].asnumpy()
    during = executor.forward(is_train=True)[0].asnumpy()
    executor.backward()
    mx.nd.waitall()
    return before, during, executor.grad_dict, executor.aux_dict, executor.output_dict


def gradients_added(mx):
    x = mx.sym.Variable("x")
    args, into = {"x": mx.nd.array(data((2, 3)))}, {"x": mx.nd.ones((2, 3))}
    executor = (x * x).bind(mx.cpu(), args, args_grad=into, grad_req="add")
    for _ in range(2):
        executor.forward(is_train=True)
        executor.backward(mx.nd.array(head_gradient((2, 3))))
    return into, executor.grad_arrays, executor.outputs


def losses_in_a_group(mx):
    sym, x = mx.sym, mx.sym.Variable("x")
    net = sym.Group([sym.SoftmaxOutput(x, name="s"), sym.BlockGrad(x * 2), sym.MakeLoss(sym.sum(sym.square(x)))])
    executor = net.simple_bind(mx.cpu(), x=(2, 3))
    executor.arg_dict["x"][:] = mx.nd.array(data((2, 3)))
    executor.forward(is_train=True)
    executor.backward()
    return executor.outputs, executor.grad_dict


def some_gradients(mx):
    net = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=2, name="f")
    executor = net.simple_bind(mx.cpu(), x=(2, 3), grad_req={"f_weight": "write"})
    executor.forward(is_train=True, x=mx.nd.array(data((2, 3))))
    executor.backward(mx.nd.array(head_gradient((2, 2))))
    return executor.grad_dict


def other_shapes(mx):
    executor = (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), x=(4, 3))
    executor.arg_dict["x"][:] = mx.nd.array(data((4, 3)))
    smaller = executor.reshape(x=(2, 3))
    return smaller.arg_dict, smaller.forward()[0], executor.reshape(x=(8, 3), allow_up_sizing=True).forward()[0].shape


def evaluated(mx):
    x, y = mx.sym.Variable("x"), mx.sym.Variable("y")
    net = mx.sym.Group([x + y, mx.sym.split(x, num_outputs=2)[1], mx.sym.broadcast_maximum(x, y)])
    return net.eval(x=mx.nd.array(data((2, 4))), y=mx.nd.array(data((2, 4), seed=1)))


def argument_that_is_missing(mx):
    (mx.sym.Variable("x") + mx.sym.Variable("y")).eval(x=mx.nd.ones(2))


def arguments_that_do_not_fit(mx):
    (mx.sym.Variable("x") + mx.sym.Variable("y")).eval(x=mx.nd.ones(2), y=mx.nd.ones(3))


def shapes_that_are_not_enough(mx):
    mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=2).simple_bind(mx.cpu())


def unknown_request(mx):
    (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), grad_req="some", x=(2,))


def too_few_arrays(mx):
    (mx.sym.Variable("x") * mx.sym.Variable("y")).bind(mx.cpu(), [mx.nd.ones(2)])


def backward_without_a_gradient(mx):
    executor = (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), x=(2,))
    executor.forward(is_train=True)
    executor.backward()


def forward_of_another_shape(mx):
    (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), x=(2,)).forward(x=mx.nd.ones(3))


def forward_of_a_stranger(mx):
    (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), x=(2,)).forward(y=mx.nd.ones(3))


def parameters_of_a_stranger(mx):
    (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), x=(2,)).copy_params_from({"y": mx.nd.ones(2)})
