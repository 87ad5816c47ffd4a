"""Linear algebra of `mx.np`."""

import numpy as np

from fidelity.np_support import answers
from fidelity.support import data, grads, tolerance

LOOSE = tolerance(rtol=2e-4, atol=2e-5, reason="LAPACK in single precision, in another order")
SQUARE = data((3, 3), 1) + 2 * np.eye(3, dtype="float32")
SYMMETRIC = (SQUARE @ SQUARE.T).astype("float32")


@LOOSE
def norms(mx):
    return answers(
        mx,
        """np.linalg.norm(x)
        np.linalg.norm(v)
        np.linalg.norm(y)
        np.linalg.norm(x, axis=0)
        np.linalg.norm(x, axis=1, keepdims=True)
        np.linalg.norm(x, axis=-1)
        np.linalg.norm(x, ord='fro')
        np.linalg.norm(x, 'nuc')
        np.linalg.norm(x, 1)
        np.linalg.norm(x, -1)
        np.linalg.norm(x, 2)
        np.linalg.norm(x, -2)
        np.linalg.norm(x, np.inf)
        np.linalg.norm(x, -np.inf)
        np.linalg.norm(v, 1)
        np.linalg.norm(v, 2)
        np.linalg.norm(v, 3)
        np.linalg.norm(v, 0)
        np.linalg.norm(v, 'fro')
        np.linalg.norm(x, 2, axis=0)
        np.linalg.norm(x, 1, axis=1, keepdims=True)
        np.linalg.norm(x, 3, axis=1)
        np.linalg.norm(y, axis=(1, 2))
        np.linalg.norm(y, 'fro', axis=(0, 2))
        np.linalg.norm(y, 1, axis=(0, 2), keepdims=True)
        np.linalg.norm(y, axis=1)
        np.linalg.norm(y, 2)
        np.linalg.norm(x, keepdims=True)
        np.linalg.norm(x.astype('float64'))
        np.linalg.norm(x, axis=5)
        np.linalg.norm(x, 'abc')
        np.linalg.norm(np.array(-3.0))
        np.linalg.norm(np.arange(3, dtype='int32'))""",
        x=data((3, 4), 1),
        v=data((5,), 2),
        y=data((2, 3, 4), 3),
    )


@LOOSE
def decompositions(mx):
    return answers(
        mx,
        """np.linalg.det(a)
        np.linalg.det(b)
        np.linalg.det(x)
        np.linalg.slogdet(a)
        np.linalg.slogdet(b)
        np.linalg.inv(a)
        np.linalg.inv(b)
        np.linalg.inv(x)
        np.linalg.inv(np.zeros((2, 2)))
        np.linalg.cholesky(s)
        np.linalg.cholesky(-s)
        np.linalg.solve(a, np.ones(3))
        np.linalg.solve(a, np.ones((3, 2)))
        np.linalg.solve(b, np.ones((2, 3, 1)))
        np.linalg.solve(a, np.ones(4))
        np.linalg.pinv(x)
        np.linalg.pinv(x, 0.5)
        np.linalg.pinv(b)
        np.linalg.eigvalsh(s)
        np.linalg.eigvalsh(whole)
        np.linalg.eigvalsh(x)
        np.linalg.eigh(whole)[0]
        np.linalg.eigh(x)
        np.linalg.eigh(s)[0]
        np.abs(np.linalg.eigh(s)[1])
        np.linalg.svd(x)[1]
        [np.abs(part) for part in np.linalg.svd(x)]
        [part.shape for part in np.linalg.svd(b)]
        type(np.linalg.svd(x)).__name__
        type(np.linalg.slogdet(a)).__name__
        np.linalg.det(a.astype('float64'))
        np.linalg.matrix_rank(a)
        np.linalg.tensorinv(np.eye(4).reshape(2, 2, 2, 2))
        np.linalg.tensorsolve(np.eye(4).reshape(2, 2, 2, 2), np.ones((2, 2)))
        np.linalg.matrix_power(a, 3)
        np.linalg.multi_dot([a, a, s])
        np.linalg.cond(a)
        np.linalg.eigvals(s)
        np.linalg.eig(s)[0]
        np.linalg.qr(a)[1].shape
        np.linalg.lstsq(x, np.ones(3), rcond=None)[0]""",
        a=SQUARE,
        s=SYMMETRIC,
        whole=np.array([[2, 1], [1, 3]], "int32"),
        x=data((3, 4), 1),
        b=data((2, 3, 3), 3) + 2 * np.eye(3, dtype="float32"),
    )


def _gradient(name, call, *arrays):
    @tolerance(rtol=5e-4, atol=5e-5, reason="LAPACK in single precision, in another order")
    def gradient(mx):
        mx.npx.set_np()
        return grads(mx, lambda *inputs: call(mx.np, *inputs), *arrays)

    gradient.__name__ = gradient.__qualname__ = name
    return gradient


_X = data((3, 4), 1)
for _name, _call, *_arrays in (
    ("norm_gradient", lambda np, x: np.linalg.norm(x), _X),
    ("norm_of_rows_gradient", lambda np, x: np.linalg.norm(x, axis=1), _X),
    ("norm_1_of_rows_gradient", lambda np, x: np.linalg.norm(x, ord=1, axis=1, keepdims=True), _X),
    ("det_gradient", lambda np, x: np.linalg.det(x), SQUARE),
    ("inv_gradient", lambda np, x: np.linalg.inv(x), SQUARE),
    ("solve_gradient", lambda np, a, b: np.linalg.solve(a, b), SQUARE, data((3, 2), 4)),
    ("cholesky_gradient", lambda np, x: np.linalg.cholesky(x), SYMMETRIC),
    ("svd_values_gradient", lambda np, x: np.linalg.svd(x)[1], _X),
    ("slogdet_gradient", lambda np, x: np.linalg.slogdet(x)[1], SQUARE),
):
    globals()[_name] = _gradient(_name, _call, *_arrays)
