"""NumPy's own functions on mx.np arrays: ``numpy.mean(a)`` is ``mx.np.mean(a)``, inside record() too."""

import numpy as onp

from fidelity.np_support import _class, answers
from fidelity.support import data, grads

_A, _B = onp.array([[1.0, 2, 3], [4, 5, 6]], "float32"), onp.array([[2.0, 0], [1, 1], [0, 3]], "float32")
_I = onp.array([1, 2, 2], "int32")


def functions(mx):
    return answers(
        mx,
        """onp.mean(a)
        onp.mean(a, axis=0)
        onp.mean(a, dtype='float64')
        onp.sum(a, axis=0, keepdims=True)
        onp.max(a)
        onp.argmax(a)
        onp.std(a)
        onp.cumsum(a)
        onp.prod(a)
        onp.any(a)
        onp.concatenate([a, a])
        onp.stack([a, a])
        onp.vstack([a, a])
        onp.split(a, 2)
        onp.dot(a, b)
        onp.einsum('ij,jk->ik', a, b)
        onp.tensordot(a, b, 1)
        onp.outer(a, b)
        onp.reshape(a, (3, 2))
        onp.transpose(a)
        onp.squeeze(a)
        onp.expand_dims(a, 0)
        onp.swapaxes(a, 0, 1)
        onp.where(a > 2, a, a)
        onp.zeros_like(a)
        onp.full_like(a, 2)
        onp.tile(a, 2)
        onp.repeat(a, 2)
        onp.clip(a, 0, 1)
        onp.sort(a)
        onp.argsort(a)
        onp.unique(i)
        onp.take(a, i)
        onp.flip(a)
        onp.diff(a)
        onp.nonzero(a)
        onp.bincount(i)
        onp.linalg.norm(a)
        onp.linalg.inv(onp.dot(a, b))
        onp.linalg.svd(a)[2].shape
        onp.shape(a)
        onp.size(a)
        onp.allclose(a, a)
        onp.array_equal(a, a)""",
        a=_A, b=_B, i=_I,
    )  # fmt: skip


def functions_of_elements(mx):
    return answers(
        mx,
        """onp.matmul(a, b)
        onp.exp(a)
        onp.add(a, a)
        onp.add(a, 1)
        onp.add(1, a)
        onp.multiply(a, a)
        onp.maximum(a, 2)
        onp.power(a, 2)
        onp.equal(a, a)
        onp.greater(a, 2)
        onp.isnan(a)
        onp.logical_not(a)
        onp.bitwise_and(i, i)
        onp.exp(a, out=a)
        onp.add(a, a, out=a)
        onp.float32(2) * a
        a * onp.float32(2)
        onp.float64(2) - a""",
        a=_A, b=_B, i=_I,
    )  # fmt: skip


def functions_that_numpy_computes(mx):
    return answers(
        mx,
        """onp.cross(a, a)
        onp.fmax(a, a)
        onp.heaviside(a, 1)
        onp.sinc(a)
        onp.nanmean(a)
        onp.median(a)
        onp.searchsorted(i, 1)""",
        a=_A, i=_I,
    )  # fmt: skip


def mixed_with_numpys_arrays(mx):
    return answers(
        mx,
        """onp.add(a, onp.ones((2, 3), 'float32'))
        onp.add(onp.ones((2, 3), 'float32'), a)
        onp.ones((2, 3), 'float32') + a
        a + onp.ones((2, 3), 'float32')
        onp.concatenate([a, onp.ones((2, 3), 'float32')])
        onp.add.reduce(a)
        onp.multiply.outer(a, a)""",
        a=_A,
    )


def gradients(mx):
    mx.npx.set_np()
    x = data((2, 3), seed=1, low=1, high=2)
    return [
        grads(mx, function, x)
        for function in (
            lambda x: onp.mean(x, axis=0), lambda x: onp.concatenate([x, x * 2]), lambda x: onp.exp(x),
            lambda x: onp.float32(2) * x, lambda x: onp.add(x, 1), lambda x: onp.stack([x, x]),
            lambda x: onp.dot(x, x.T), lambda x: onp.where(x > 1.5, x, x * x),
        )
    ]  # fmt: skip


def arrays_without_axes(mx):
    """With NumPy's semantics, elements of nd arrays have no axes either, and len of such is an error."""
    found = [mx.nd.array([[1, 2], [3, 4]])[0, 1], mx.nd.array([5])[0]]
    mx.npx.set_np()
    x = mx.nd.array([[1, 2], [3, 4]])
    found += [x[0, 1], x[0][1], x[-1, -1], x[0], x[:, 0], mx.nd.array([5])[0], x[0, 1].asscalar(), x[0, 1].shape]
    try:
        len(mx.np.array(3.0))
    except Exception as error:  # noqa: BLE001 - the error is the outcome
        found.append(_class(error))
    return found


def axes_of_arrays_without_axes(mx):
    return answers(
        mx,
        """z.T
        z.squeeze()
        z.transpose()
        z.argmax()
        z.argmax(axis=-1)
        z.argmin(axis=0)
        z.sum(axis=0)
        z.max(axis=-1)
        z.mean(axis=-1)
        z.std(axis=0)
        np.prod(z, axis=-1)
        np.squeeze(z, axis=0)
        np.cumsum(z)
        np.flip(z)
        np.expand_dims(z, 0)
        z.reshape(-1)
        z.flatten()
        z[()]
        np.max(z, axis=1)
        np.swapaxes(z, 0, 0)
        np.concatenate([z, z], axis=None)
        np.stack([z, z])""",
        z=onp.float32(3),
    )
