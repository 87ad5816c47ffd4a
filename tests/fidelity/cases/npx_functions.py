"""What `mx.npx` adds to NumPy: neural operators and shapes by code."""

import os
import tempfile

import numpy as np

from fidelity.np_support import answers
from fidelity.support import data, grads, tolerance

X = data((3, 4), 1)
Y = data((2, 3, 4), 2)
IMAGE = data((2, 3, 6, 6), 3)


def activations(mx):
    return answers(
        mx,
        """npx.relu(x)
        npx.sigmoid(x)
        npx.softmax(x)
        npx.softmax(x, axis=0)
        npx.softmax(x, axis=-1, temperature=2.0)
        npx.softmax(y, length=np.array([[1, 2, 3, 1], [2, 2, 1, 3]], dtype='int32'), axis=1, use_length=True)
        npx.log_softmax(x)
        npx.log_softmax(x, axis=0)
        npx.activation(x, act_type='tanh')
        npx.activation(x, 'softsign')
        npx.activation(x, act_type='x')
        npx.leaky_relu(x, act_type='leaky', slope=0.1)
        npx.leaky_relu(x, act_type='elu')
        npx.leaky_relu(x, act_type='gelu')
        npx.leaky_relu(x, np.array([0.3]), act_type='prelu')
        npx.erf(x)
        npx.erfinv(x)
        npx.gamma(x + 2)
        npx.gammaln(x + 2)
        npx.smooth_l1(x, scalar=1.0)
        npx.relu(i)""",
        x=X,
        y=Y,
        i=np.array([-1, 2], "int32"),
    )


@tolerance(rtol=1e-4, atol=1e-5, reason="sums in another order")
def layers(mx):
    return answers(
        mx,
        """npx.fully_connected(x, w, b, num_hidden=2)
        npx.fully_connected(x, w, num_hidden=2, no_bias=True)
        npx.fully_connected(y, np.ones((2, 12)), num_hidden=2, no_bias=True)
        npx.fully_connected(y, w, b, num_hidden=2, flatten=False)
        npx.fully_connected(x, w, b, num_hidden=3)
        npx.convolution(image, k, np.ones(2), kernel=(3, 3), num_filter=2)
        npx.convolution(data=image, weight=k, kernel=(3, 3), num_filter=2, no_bias=True, pad=(1, 1), stride=(2, 2))
        npx.deconvolution(image, np.ones((3, 2, 2, 2)), kernel=(2, 2), num_filter=2, stride=(2, 2))
        npx.pooling(image, kernel=(2, 2), stride=(2, 2), pool_type='max')
        npx.pooling(image, kernel=(3, 3), pool_type='avg', pad=(1, 1))
        npx.pooling(image, global_pool=True, pool_type='avg')
        npx.batch_norm(image, np.ones(3), np.zeros(3), np.zeros(3), np.ones(3))
        npx.batch_norm(image, np.ones(3), np.ones(3), np.ones(3), np.ones(3) * 2, eps=1e-5, fix_gamma=False)
        npx.layer_norm(x, np.ones(4), np.zeros(4))
        npx.layer_norm(x, np.ones(4), np.zeros(4), eps=1e-3)
        npx.dropout(x)
        npx.dropout(x, p=0.9)
        npx.embedding(np.array([[0, 2], [1, 1]]), x, input_dim=3, output_dim=4)
        npx.embedding(np.array([0, 2], dtype='int32'), x, 3, 4)
        npx.batch_flatten(image).shape""",
        x=X,
        y=Y,
        w=data((2, 4), 4),
        b=data((2,), 5),
        image=IMAGE,
        k=data((2, 3, 3, 3), 6),
    )


def picking(mx):
    return answers(
        mx,
        """npx.one_hot(np.array([0, 2, 1]), 3)
        npx.one_hot(np.array([0, 5]), depth=3)
        npx.one_hot(np.array([[0], [1]], dtype='int32'), 2, on_value=5, off_value=-1, dtype='int32')
        npx.pick(x, np.array([0, 3, 1]))
        npx.pick(x, np.array([0, 1, 2, 0]), axis=0)
        npx.pick(x, np.array([0, 3, 1]), keepdims=True)
        npx.topk(x)
        npx.topk(x, k=2)
        npx.topk(x, k=2, ret_typ='value')
        npx.topk(x, k=2, ret_typ='both', axis=1)
        npx.topk(x, k=1, ret_typ='mask')
        npx.topk(x, k=2, is_ascend=True, dtype='int32')
        npx.topk(x, k=2, ret_typ='indices', axis=0, dtype='int64')
        npx.sequence_mask(y, np.array([1, 2, 3, 1][:3]), use_sequence_length=True)
        npx.sequence_mask(y, sequence_length=np.array([1, 2]), use_sequence_length=True, axis=1, value=-1)
        npx.sequence_mask(y)
        npx.gather_nd(x, np.array([[0, 1], [1, 2]]))
        npx.gather_nd(x, np.array([[2, 0]], dtype='int32'))
        npx.arange_like(x)
        npx.arange_like(x, axis=1)
        npx.arange_like(x, start=5, step=2, axis=0)
        npx.arange_like(y, axis=-1)
        npx.batch_dot(y, y, transpose_b=True)
        npx.batch_dot(y, np.ones((2, 4, 2)))
        npx.batch_dot(y, y, transpose_a=True)
        npx.batch_dot(y, x)
        npx.reshape_like(x, np.ones((4, 3)))
        npx.shape_array(y)
        npx.nonzero(x > 0)
        npx.nonzero(np.array([0, 3, 0, 1]))""",
        x=X,
        y=Y,
    )


def shapes_by_code(mx):
    codes = [
        (-1,), (-2, -1), (-4,), (-5, 4), (-5, -2), (2, -5), (-6, 1, 2, -2, -2), (-6, -1, 2, -2, -2), (-6, 2, -1, -4),
        (-2, -6, 3, 1, -2), (-2, -2, -6, 2, 2), (-1, -2), (-2, -2, -2), (-2, -2), (6, -1), (5, -1), (-5, -5), (-7, -1),
        (-2, -4), (-4, -1), (24,), (4, -1, -2), (-1, 1, -4), (-2, 12), (8, -2),
    ]  # fmt: skip
    lines = [
        f"npx.reshape(y, {code}, reverse={flag}).shape" for code in codes for flag in (False, True)[: 2 - (-6 in code)]
    ]
    lines += ["npx.reshape(y[:1], (-3, -2, -2)).shape", "npx.reshape(y, (-3, -1)).shape", "npx.reshape(y, -1)"]
    lines += ["npx.reshape(y, newshape=(-2, -1), order='C')", "npx.reshape(y[:, :1], (-2, -3, -2))"]
    return answers(mx, "\n".join(lines), y=Y)


def files(mx):
    mx.npx.set_np()
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "x.params")
        x, i = mx.np.array(X), mx.np.arange(3, dtype="int32")
        mx.npx.save(path, {"x": x, "i": i, "scalar": mx.np.array(1.5), "empty": mx.np.zeros((0, 2))})
        named = mx.npx.load(path)
        mx.npx.save(path, [x, i])
        listed = mx.npx.load(path)
        mx.npx.save(path, x)
        return {name: named[name] for name in sorted(named)}, listed, mx.npx.load(path)


def gradients(mx):
    mx.npx.set_np()
    npx = mx.npx
    return {
        "relu": grads(mx, npx.relu, X),
        "sigmoid": grads(mx, npx.sigmoid, X),
        "softmax": grads(mx, npx.softmax, X),
        "log_softmax": grads(mx, npx.log_softmax, X),
        "fully_connected": grads(
            mx, lambda x, w, b: npx.fully_connected(x, w, b, num_hidden=2), X, data((2, 4), 4), data((2,), 5)
        ),
        "batch_dot": grads(mx, lambda x, y: npx.batch_dot(x, y, transpose_b=True), Y, data((2, 3, 4), 7)),
        "layer_norm": grads(mx, npx.layer_norm, X, data((4,), 4), data((4,), 5)),
        "reshape": grads(mx, lambda y: npx.reshape(y, (-5, -2)), Y),
        "pick": grads(mx, lambda x: npx.pick(x, mx.np.array([0, 3, 1])), X),
        "sequence_mask": grads(
            mx, lambda y: npx.sequence_mask(y, mx.np.array([1, 2, 1]), use_sequence_length=True, value=3), Y
        ),
        "gather_nd": grads(mx, lambda x: npx.gather_nd(x, mx.np.array([[0, 0], [1, 1]])), X),
        "smooth_l1": grads(mx, lambda x: npx.smooth_l1(x, scalar=1.0), X * 3),
        "erf": grads(mx, npx.erf, X),
    }


def switches(mx):
    found = [mx.npx.is_np_array(), mx.npx.is_np_shape()]
    mx.npx.set_np()
    found += [mx.npx.is_np_array(), mx.npx.is_np_shape()]
    mx.npx.reset_np()
    found += [mx.npx.is_np_array(), mx.npx.is_np_shape()]
    mx.npx.set_np(array=False)
    return [*found, mx.npx.is_np_array(), mx.npx.is_np_shape(), mx.npx.num_gpus(), mx.npx.cpu()]
