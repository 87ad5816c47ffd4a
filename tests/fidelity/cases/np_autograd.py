"""Gradients through `mx.np`: arithmetic, functions, indexing, reductions, products."""

import numpy as np

from fidelity.support import data, grads, tolerance

X, Y, V, POSITIVE = data((3, 4), 1), data((3, 4), 2), data((4,), 3), data((3, 4), 4, 0.5, 2)
MASK = np.array([True, False, True])


def _case(calls, *arrays):
    @tolerance(rtol=2e-5, atol=2e-6, reason="sums in another order")
    def case(mx):
        mx.npx.set_np()
        return {name: grads(mx, lambda *a: call(mx.np, *a), *arrays) for name, call in calls.items()}  # noqa: B023

    return case


def _texts(expressions, names):
    return {
        line: eval(f"lambda np, {names}: {line}", {"MASK": MASK})
        for line in filter(None, (text.strip() for text in expressions.splitlines()))
    }


_CASES = {
    "arithmetic": (
        """x + y
        x - y
        x * y
        x / (y + 3)
        (x + 2) ** y
        (x + 2) % (y + 3)
        x * 2 + 1 - x / 3
        2 / (x + 3)
        2 ** x
        3 - x
        (x + 2) ** 3
        -x * y
        np.maximum(x, y)
        np.minimum(x, 0.1)
        np.arctan2(x, y)
        np.hypot(x, y)
        np.where(x > 0, x, y)
        np.concatenate([x, y], axis=1)
        np.stack([x, y])
        np.vstack([x, y])
        np.hstack([x, y])
        x * x * y
        np.add(x, y) * np.multiply(x, 2)""",
        "x, y",
        (X, Y),
    ),
    "where_with_a_number": ("np.where(x > 0, x * 2, 0)\nnp.where(x > 0, 1, y)", "x, y", (X, Y)),
    "turned_by_90_degrees": ("np.rot90(x)", "x", (X,)),
    "broadcasting": (
        """x + v
        x * v
        v - x
        x / (v + 3)
        (x + 2) ** v
        np.dot(x, v)
        np.matmul(x, v)
        np.einsum('ij,j->i', x, v)
        x @ v
        np.outer(v, v)
        np.inner(x, v)
        np.tensordot(x, v, 1)
        np.broadcast_to(v, (3, 4)) * x""",
        "x, v",
        (X, V),
    ),
    "products": (
        """np.dot(x, y.T)
        x @ y.T
        np.matmul(x, y.T)
        np.tensordot(x, y)
        np.tensordot(x, y, ([1], [1]))
        np.einsum('ij,kj->ik', x, y)
        np.einsum('ij,ij', x, y)
        np.vdot(x, y)
        np.linalg.norm(x - y)
        np.linalg.norm(x - y, axis=1)""",
        "x, y",
        (X, Y),
    ),
    "functions": (
        """np.exp(x)
        np.log(x)
        np.log2(x)
        np.log10(x)
        np.log1p(x)
        np.expm1(x)
        np.sqrt(x)
        np.cbrt(x)
        np.square(x)
        np.reciprocal(x)
        np.sin(x)
        np.cos(x)
        np.tan(x)
        np.arctan(x)
        np.arcsinh(x)
        np.tanh(x)
        np.sinh(x)
        np.cosh(x)
        np.abs(x - 1)
        np.sign(x - 1) * x
        np.clip(x, 0.8, 1.5)
        np.floor(x) * x
        np.degrees(x)
        np.radians(x)
        np.negative(x)""",
        "x",
        (POSITIVE,),
    ),
    "reductions": (
        """x.sum()
        x.sum(axis=1)
        np.sum(x, axis=0, keepdims=True)
        x.mean()
        np.mean(x, axis=1)
        np.max(x)
        np.max(x, axis=1)
        np.min(x, axis=0)
        np.prod(x, axis=1)
        np.cumsum(x, axis=1)
        np.average(x, axis=0)
        np.diff(x)
        np.trace(x)""",
        "x",
        (X,),
    ),
    "indexing": (
        """x[0]
        x[1, 2]
        x[:, 1]
        x[::2]
        x[::-1]
        x[1:, :2]
        x[[0, 0, 2]]
        x[[0, 1], [1, 1]]
        x[np.array([0, 2], dtype='int32')]
        x[np.array(MASK)]
        x[x > 0]
        x[None, ..., 0]
        x[0] * x[1]
        np.take(x, np.array([0, 0, 2]), axis=0)
        np.take(x, np.array([0, 5]))""",
        "x",
        (X,),
    ),
    "manipulation": (
        """x.reshape(4, 3)
        x.T
        x.transpose(1, 0)
        x.flatten()
        np.expand_dims(x, 1)
        np.squeeze(x[:1])
        np.swapaxes(x, 0, 1)
        np.tile(x, (2, 1))
        np.repeat(x, 2, axis=0)
        np.flip(x, 0)
        np.roll(x, 1)
        np.pad(x, ((1, 1), (0, 0)))
        np.tril(x)
        np.diag(x)
        np.split(x, 2, axis=1)[1]
        np.array_split(x, 2)[0]
        np.concatenate([x, x])
        np.stack([x, x]).sum(axis=0)
        np.broadcast_to(x, (2, 3, 4))
        np.moveaxis(x, 0, 1)
        x.astype('float64')
        x.copy()
        np.meshgrid(x[0], x[1])[0]
        x.as_nd_ndarray().as_np_ndarray() * 2""",
        "x",
        (X,),
    ),
}
for _name, (_expressions, _names, _arrays) in _CASES.items():
    globals()[_name] = _case(_texts(_expressions, _names), *_arrays)
    globals()[_name].__name__ = _name


def backward_of_a_scalar(mx):
    mx.npx.set_np()
    x = mx.np.array(X)
    x.attach_grad()
    with mx.autograd.record():
        loss = (x * x).mean()
    loss.backward()
    first = x.grad.copy()
    with mx.autograd.record():
        y = x * 2
        z = y.detach() * x
    z.backward()
    return loss, first, x.grad, repr(loss), x.grad.dtype


def accumulation(mx):
    mx.npx.set_np()
    x = mx.np.array(V)
    x.attach_grad("add")
    for _ in range(3):
        with mx.autograd.record():
            y = mx.np.sum(x**2)
        y.backward()
    return x.grad
