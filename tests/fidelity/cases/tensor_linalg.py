"""Linear algebra over batches of matrices."""

import numpy as np

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import array, outcomes

SIDES = (
    {}, {"transpose": True}, {"rightside": True}, {"rightside": True, "transpose": True}, {"lower": False},
    {"lower": False, "transpose": True, "alpha": 2}, {"lower": False, "rightside": True},
)  # fmt: skip
_loose = tolerance(
    rtol=2e-4, atol=2e-5, reason="LAPACK and torch add up in another order, and inverses multiply the error"
)


def _definite(side=3, batch=(), dtype="float32"):
    square = data((*batch, side, side), 1, dtype=dtype)
    return square @ np.swapaxes(square, -1, -2) + np.eye(side, dtype=dtype)


def gemm(mx):
    a, b, c = (mx.nd.array(data(s, i)) for i, s in enumerate(((2, 3, 4), (2, 4, 5), (2, 3, 5))))
    return (
        mx.nd.linalg.gemm(a, b, c), mx.nd.linalg.gemm(a, b, c, alpha=2, beta=0.5),
        mx.nd.linalg_gemm(a[0], b[0], c[0], beta=0),
        mx.nd.linalg.gemm(a, b.swapaxes(1, 2), c, transpose_b=True),
        mx.nd.linalg.gemm(a.swapaxes(1, 2), b, c, transpose_a=True),
    )  # fmt: skip


def gemm_gradients(mx):
    return grads(
        mx,
        lambda a, b, c: mx.nd.linalg.gemm(a, b, c, alpha=2, beta=0.5),
        data((3, 4), 1),
        data((4, 2), 2),
        data((3, 2), 3),
    )


GEMM2 = (
    ((2, 3, 4), (2, 4, 5), {}), ((2, 3, 4), (2, 3, 5), {"transpose_a": True}), ((3, 4), (4, 5), {}),
    ((2, 3, 4), (2, 5, 4), {"transpose_b": True, "alpha": 2}), ((3, 2, 4), (4, 2, 5), {"axis": 0}),
    ((3, 2, 4), (4, 2, 5), {"axis": -3}), ((2, 2, 3, 4), (2, 2, 4, 5), {}), ((2, 3, 2, 4), (2, 4, 2, 5), {"axis": 1}),
)  # fmt: skip


def gemm2(mx):
    return [mx.nd.linalg.gemm2(mx.nd.array(data(a, 1)), mx.nd.array(data(b, 2)), **kw) for a, b, kw in GEMM2]


def gemm2_gradients(mx):
    return [
        grads(mx, lambda x, y, k=kw: mx.nd.linalg_gemm2(x, y, **k), data(a, 1), data(b, 2)) for a, b, kw in GEMM2[:6]
    ]


def gemm_errors(mx):
    f, ones = mx.nd.linalg.gemm2, mx.nd.ones
    return outcomes(
        lambda: f(ones((3,)), ones((3,))), lambda: f(ones((2, 3, 4)), ones((1, 4, 5))),
        lambda: f(ones((2, 3, 4)), ones((4, 5))),
        lambda: f(ones((3, 4)), ones((5, 4))), lambda: f(ones((2, 2)), ones((2, 2)).astype("float64")),
        lambda: f(ones((2, 2)).astype("int32"), ones((2, 2)).astype("int32")),
        lambda: mx.nd.linalg.gemm(ones((3, 3)), ones((3, 2)), ones((3, 3))),
    )  # fmt: skip


def trmm(mx):
    a, b = _definite(3, (2,)), data((2, 3, 2), 2)
    return [
        mx.nd.linalg.trmm(mx.nd.array(a), mx.nd.array(np.swapaxes(b, 1, 2) if kw.get("rightside") else b), **kw)
        for kw in SIDES
    ]


@_loose
def trsm(mx):
    a, b = _definite(3, (2,)), data((2, 3, 2), 2)
    return [
        mx.nd.linalg.trsm(mx.nd.array(a), mx.nd.array(np.swapaxes(b, 1, 2) if kw.get("rightside") else b), **kw)
        for kw in SIDES
    ]


@_loose
def triangular_gradients(mx):
    a, found = np.tril(_definite()), []
    for kw in SIDES[:4]:
        b = data((2, 3) if kw.get("rightside") else (3, 2), 2)
        found += [grads(mx, lambda x, y, f=f, k=kw: f(x, y, **k), a, b) for f in (mx.nd.linalg.trmm, mx.nd.linalg.trsm)]
    return found


def triangular_errors(mx):
    ones, f = mx.nd.ones, mx.nd.linalg
    return outcomes(
        lambda: f.trmm(ones((2, 3)), ones((3, 2))), lambda: f.trsm(ones((3, 3)), ones((2, 3))),
        lambda: f.trsm(ones((2, 3, 3)), ones((3, 2))),
    )  # fmt: skip


def syrk(mx):
    x = data((2, 3, 4), 1)
    return (
        mx.nd.linalg.syrk(mx.nd.array(x)), mx.nd.linalg.syrk(mx.nd.array(x), transpose=True, alpha=2),
        grads(mx, lambda v: mx.nd.linalg.syrk(v, alpha=0.5), x),
        grads(mx, lambda v: mx.nd.linalg.syrk(v, transpose=True), x),
    )  # fmt: skip


@_loose
def potrf(mx):
    return (
        mx.nd.linalg.potrf(mx.nd.array(_definite())), mx.nd.linalg.potrf(mx.nd.array(_definite(4, (2,)))),
        mx.nd.linalg.potrf(mx.nd.array(np.tril(_definite()))),
        mx.nd.linalg_potrf(array(mx, _definite(dtype="float64"), "float64")),
        outcomes(lambda: mx.nd.linalg.potrf(mx.nd.array(-_definite())), lambda: mx.nd.linalg.potrf(mx.nd.ones((3, 2)))),
    )  # fmt: skip


@_loose
def potri(mx):
    f = mx.nd.linalg.potri
    return f(mx.nd.array(np.tril(_definite(3, (2,))))), f(mx.nd.array(_definite())), grads(mx, f, np.tril(_definite()))


@_loose
def gelqf(mx):
    q, lower = mx.nd.linalg.gelqf(mx.nd.array(data((2, 3, 4), 1)))
    return q, lower, outcomes(lambda: mx.nd.linalg.gelqf(mx.nd.ones((3, 2))))


@_loose
def gelqf_gradients(mx):
    return grads(mx, mx.nd.linalg.gelqf, data((3, 4), 1))


@_loose
def syevd(mx):
    return (
        mx.nd.linalg.syevd(mx.nd.array(_definite())),
        mx.nd.linalg.syevd(mx.nd.array(_definite(4, (2,)))),
        grads(mx, lambda x: mx.nd.linalg.syevd(x)[1], _definite()),
    )


@_loose
def inverse(mx):
    f = mx.nd.linalg.inverse
    return (
        f(mx.nd.array(_definite())), f(mx.nd.array(data((2, 3, 3), 4) + np.eye(3, dtype="float32"))),
        grads(mx, f, _definite()),
        outcomes(lambda: f(mx.nd.ones((2, 2))), lambda: f(mx.nd.ones((2, 3))),
            lambda: f(mx.nd.ones((2, 2)).astype("int32"))),
    )  # fmt: skip


@_loose
def determinants(mx):
    det, slogdet = mx.nd.linalg.det, mx.nd.linalg.slogdet
    x = np.stack([_definite(), -data((3, 3), 3) - np.eye(3, dtype="float32")])
    return (
        det(mx.nd.array(x)), det(mx.nd.array(x[0])), slogdet(mx.nd.array(x)), det(mx.nd.ones((2, 2))),
        slogdet(mx.nd.ones((2, 2))),
        grads(mx, det, x), grads(mx, lambda v: slogdet(v)[1], x),
        outcomes(lambda: det(mx.nd.ones(2)), lambda: det(mx.nd.ones((2, 3)))),
    )  # fmt: skip


def diagonals(mx):
    f, x = mx.nd.linalg, mx.nd.array(_definite(4, (2,)))
    return (
        [f.extractdiag(x, offset=k) for k in (0, 1, -1, 3)],
        [f.makediag(mx.nd.array(data((2, 3))), offset=k) for k in (0, 1, -2)],
        f.sumlogdiag(x), f.sumlogdiag(x[0]), grads(mx, f.sumlogdiag, _definite()),
        grads(mx, lambda v: f.extractdiag(v, offset=1), data((3, 3))),
        grads(mx, lambda v: f.makediag(v, offset=1), data((2, 3))),
        outcomes(lambda: f.extractdiag(x, offset=4)),
    )  # fmt: skip


def triangles(mx):
    f, x = mx.nd.linalg, mx.nd.array(np.arange(32).reshape(2, 4, 4))
    options = [{"offset": k, "lower": lower} for k in (0, 1, -1, 2) for lower in (True, False)]
    return (
        [f.extracttrian(x, **kw) for kw in options], [f.maketrian(mx.nd.array(data((2, 6))), **kw) for kw in options],
        grads(mx, lambda v: f.extracttrian(v, lower=False), data((3, 3))), grads(mx, f.maketrian, data((2, 6))),
        outcomes(lambda: f.maketrian(mx.nd.ones(2)), lambda: f.extracttrian(mx.nd.ones((2, 3)))),
    )  # fmt: skip
