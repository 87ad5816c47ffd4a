"""Products of matrices and the interleaved products of attention."""

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import array, outcomes

A, B = {"transpose_a": True}, {"transpose_b": True}
DOTS = (
    ((2, 3), (3, 2), {}), ((3,), (3,), {}), ((2, 3), (3,), {}), ((3,), (3, 2), {}), ((2, 3, 4), (4, 5), {}),
    ((2, 3), (3, 4, 5), {}), ((2, 3, 4), (4, 5, 6), {}), ((3, 2), (3, 4), A), ((2, 3), (4, 3), B),
    ((3, 2), (4, 3), {**A, **B}), ((2, 3, 4), (2, 5), A), ((2, 3, 4), (5, 6, 4), B), ((3,), (2, 3), B),
    ((3,), (3, 2), A),
    ((2, 3), (2,), A), ((1,), (1,), {}), ((3,), (3, 4, 5), {}), ((2, 3, 4), (4,), {}), ((1, 1), (1, 1), {}),
)  # fmt: skip
BATCHES = (
    ((2, 3, 4), (2, 4, 5), {}), ((2, 4, 3), (2, 4, 5), A), ((2, 3, 4), (2, 5, 4), B), ((2, 2, 3, 4), (2, 2, 4, 5), {}),
    ((2, 4, 3), (2, 5, 4), {**A, **B}), ((1, 1, 1), (1, 1, 1), {}),
)  # fmt: skip


def dot(mx):
    return [mx.nd.dot(mx.nd.array(data(a, 1)), mx.nd.array(data(b, 2)), **kw) for a, b, kw in DOTS]


def dot_gradients(mx):
    options = DOTS[:6] + DOTS[7:10] + DOTS[14:16]
    return [grads(mx, lambda x, y, k=kw: mx.nd.dot(x, y, **k), data(a, 1), data(b, 2)) for a, b, kw in options]


def dot_in_double(mx):
    x, y = data((3, 4), 1, dtype="float64"), data((4, 2), 2, dtype="float64")
    return mx.nd.dot(array(mx, x, "float64"), array(mx, y, "float64")), grads(mx, mx.nd.dot, x, y)


def dot_errors(mx):
    wrong = (((2, 3), (4, 2), {}), ((1,), (3,), {}), ((2, 3), (1,), {}), ((2, 3, 4), (3, 2, 5), A), ((1,), (2, 3), {}))
    return [outcomes(lambda a=a, b=b, k=kw: mx.nd.dot(mx.nd.ones(a), mx.nd.ones(b), **k))[0] for a, b, kw in wrong] + [
        outcomes(lambda: mx.nd.dot(mx.nd.ones(2), mx.nd.ones(2).astype("float64")))
    ]


def batch_dot(mx):
    return [mx.nd.batch_dot(mx.nd.array(data(a, 1)), mx.nd.array(data(b, 2)), **kw) for a, b, kw in BATCHES]


def batch_dot_gradients(mx):
    return [grads(mx, lambda x, y, k=kw: mx.nd.batch_dot(x, y, **k), data(a, 1), data(b, 2)) for a, b, kw in BATCHES]


def batch_dot_errors(mx):
    wrong = (((2, 3, 4), (1, 4, 5)), ((2, 3), (3, 2)), ((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (3, 4, 5)))
    return [outcomes(lambda a=a, b=b: mx.nd.batch_dot(mx.nd.ones(a), mx.nd.ones(b)))[0] for a, b in wrong]


def khatri_rao(mx):
    x, y, z = (mx.nd.array(data(s, i)) for i, s in enumerate(((2, 2), (3, 2), (2, 2))))
    return (
        mx.nd.khatri_rao(x, y),
        mx.nd.khatri_rao(x),
        mx.nd.khatri_rao(x, y, z),
        outcomes(lambda: mx.nd.khatri_rao(x, mx.nd.ones((1, 3)))),
    )


@tolerance(rtol=2e-5, reason="sums of products in another order")
def self_attention(mx):
    c = mx.nd.contrib
    return (
        grads(mx, lambda x: c.interleaved_matmul_selfatt_qk(x, heads=2), data((4, 3, 24), 1)),
        grads(
            mx, lambda x, a: c.interleaved_matmul_selfatt_valatt(x, a, heads=2), data((4, 3, 24), 1), data((6, 4, 4), 2)
        ),
    )


@tolerance(rtol=2e-5, reason="sums of products in another order")
def attention(mx):
    c = mx.nd.contrib
    return (
        grads(mx, lambda q, k: c.interleaved_matmul_encdec_qk(q, k, heads=2), data((5, 3, 8), 1), data((4, 3, 16), 2)),
        grads(
            mx, lambda k, a: c.interleaved_matmul_encdec_valatt(k, a, heads=2), data((4, 3, 16), 1), data((6, 5, 4), 2)
        ),
    )
