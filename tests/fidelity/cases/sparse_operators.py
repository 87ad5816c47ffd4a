"""Operators on sparse arrays: what they compute, in which storage, and what goes through dense arrays."""

# ruff: noqa: B023 - what is made in a loop is called before the next round

import numpy as np

from fidelity.sparse_support import OTHER, csr, dense, rows, stored, stores
from fidelity.tensor_support import outcomes

KINDS = {"default": dense, "csr": csr, "row_sparse": rows}
UNARY = (
    "abs arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh degrees exp expm1 fix floor gamma gammaln log "
    "log10 log1p log2 negative radians rint round rsqrt sign sin sinh sqrt square tan tanh trunc relu sigmoid "
    "zeros_like ones_like BlockGrad identity stop_gradient make_loss reciprocal softsign erf"
).split()
HALVES = [[0, 0.25, 0, 0.5], [0, 0, 0, 0], [0.75, 0, 0, 0.5]]


def functions(mx):
    return {
        name: [stored(getattr(mx.nd, name)(make(mx, HALVES))) for make in (csr, rows)]
        for name in UNARY if name not in ("gamma", "gammaln")
    }  # fmt: skip


def functions_that_have_the_name(mx):
    names = [
        name for name in UNARY if name not in ("identity", "BlockGrad", "ones_like", "softsign", "erf", "reciprocal")
    ]
    return [name for name in names if hasattr(mx.nd.sparse, name)]


def functions_of_nothing(mx):
    names = "abs sqrt sign square sin".split()
    zeros = mx.nd.sparse.zeros
    return [[getattr(mx.nd.sparse, n)(zeros(s, (2, 3))) for s in ("csr", "row_sparse")] for n in names]


def clipping(mx):
    bounds = ((-1, 1), (0.5, 1), (0, 1), (-2, -1), (0, 0))
    return [stores(*(lambda b=b: mx.nd.clip(make(mx), *b) for b in bounds)) for make in (csr, rows)]


SCALAR = (
    "_plus_scalar _minus_scalar _rminus_scalar _mul_scalar _div_scalar _rdiv_scalar _power_scalar _maximum_scalar "
    "_equal_scalar _not_equal_scalar _greater_scalar _greater_equal_scalar _lesser_scalar _lesser_equal_scalar"
).split()


def numbers(mx):
    found = {}
    for name in SCALAR:
        call = getattr(mx.nd._internal, name)
        values = (1.5, -1) if name == "_div_scalar" else (0, 1.5, -1)
        found[name] = [stored(call(make(mx), scalar=value)) for make in (csr, rows) for value in values]
    return found


def signs_with_numbers(mx):
    found = []
    for make in (csr, rows):
        a = make(mx)
        found.append(
            stores(
                lambda: a + 1, lambda: a * 2, lambda: a / 2, lambda: a - 1, lambda: 2 * a, lambda: 1 - a, lambda: a**2,
                lambda: a % 2, lambda: -a, lambda: abs(a), lambda: a > 0, lambda: a == 2, lambda: a != 0,
                lambda: a * np.float32(2), lambda: a + "a", lambda: 1 + a,
            )
        )  # fmt: skip
    return found


BINARY = ("elemwise_add", "elemwise_sub", "elemwise_mul", "elemwise_div", "_grad_add", "_hypot", "broadcast_maximum")


def two_arrays(mx):
    """Storage and elements; what MXNet stores of a csr result is in no order, so that is not compared."""
    found = {}
    for name in BINARY:
        call = getattr(mx.nd, name, None) or getattr(mx.nd._internal, name)
        for one, first in KINDS.items():
            for other, second in KINDS.items():
                found[f"{name} {one} {other}"] = call(first(mx), second(mx, OTHER))
    return found


def two_arrays_of_rows(mx):
    def make(values, indices):
        return mx.nd.sparse.row_sparse_array((values, indices), shape=(4, 2))

    a, b = make([[1, 2], [3, 4]], [0, 1]), make([[1, 2], [3, 4]], [1, 3])
    none = mx.nd.sparse.zeros("row_sparse", (4, 2))
    names = ("elemwise_add", "elemwise_sub", "elemwise_mul")
    return [
        *stores(*(lambda n=n, x=x: getattr(mx.nd, n)(a, x) for n in names for x in (a, b, none))),
        *stores(lambda: mx.nd.elemwise_mul(a, mx.nd.ones((4, 2))), lambda: mx.nd.elemwise_mul(mx.nd.ones((4, 2)), a)),
        *outcomes(lambda: mx.nd.elemwise_add(a, mx.nd.sparse.zeros("row_sparse", (5, 2)))),
    ]  # fmt: skip


def signs_between_arrays(mx):
    found = {}
    for one, first in KINDS.items():
        for other, second in KINDS.items():
            if one != "default":
                a, b = first(mx), second(mx, OTHER)
                found[f"{one} {other}"] = [a + b, a - b, a * b] + ([a / b] if one == other else [])
    return found


def in_place(mx):
    def changed(array, sign, value):
        return getattr(array, f"__i{sign}__")(value)

    return [
        changed(make(mx), sign, value)
        for make in (csr, rows) for sign, value in (
            ("add", 1), ("mul", 2), ("sub", dense(mx)), ("add", dense(mx, OTHER)), ("truediv", 2),
        )
    ] + [changed(dense(mx), "add", make(mx, OTHER)) for make in (csr, rows)] + [
        changed(rows(mx), "add", rows(mx, OTHER))
    ]  # fmt: skip


def functions_of_two(mx):
    sparse = mx.nd.sparse
    found = []
    for name in ("add", "subtract", "multiply", "divide"):
        call = getattr(sparse, name)
        found += [call(csr(mx), csr(mx, OTHER)), call(rows(mx), rows(mx, OTHER)), call(rows(mx), dense(mx, OTHER))]
        found.append(call(rows(mx), 2))
        if name in ("add", "multiply"):  # the others take the number for the second operand
            found.append(call(2, rows(mx)))
    return found + [sparse.add(1, 2), sparse.multiply(csr(mx), dense(mx, OTHER))]


def broadcasting(mx):
    found = []
    for name in ("broadcast_mul", "broadcast_div"):
        call = getattr(mx.nd, name)
        for other in ([[1, 2, 4, 8.0]], [[1], [2], [4.0]], [2.0], [1, 2, 4, 8.0]):
            found.append(stored(call(csr(mx), mx.nd.array(other))))
            found.append(call(rows(mx), mx.nd.array(other)))
    found.append(stored(mx.nd.broadcast_mul(csr(mx), dense(mx, OTHER))))
    found += [
        mx.nd.broadcast_add(csr(mx), mx.nd.ones((1, 4))),
        csr(mx) * mx.nd.ones((1, 4)),
        rows(mx) + mx.nd.ones((1, 4)),
    ]
    return found


def sums_of_many(mx):
    def make(indices):
        return mx.nd.sparse.row_sparse_array(([[1, 2], [3, 4]], indices), shape=(4, 2))

    a, b, c = make([0, 1]), make([1, 3]), make([0, 3])
    return [
        stored(mx.nd.add_n(a, b, c)), mx.nd.add_n(a, mx.nd.ones((4, 2)), c), stored(mx.nd.sparse.ElementWiseSum(a)),
        mx.nd.add_n(csr(mx), csr(mx)), stored(mx.nd.sparse.add_n(a, mx.nd.sparse.zeros("row_sparse", (4, 2)))),
    ]  # fmt: skip


# --- products -------------------------------------------------------------------------------------------------------

LEFT, RIGHT = [[0, 1, 0, 2], [3, 0, 0, 0], [0, 0, 4, 0.0]], [[1, 0], [0, 2], [0, 0], [3, 4.0]]


def products(mx):
    """Every combination of storage types and transposes, and of what the product is asked to be."""
    found = {}
    pairs = (("csr", "default"), ("csr", "row_sparse"), ("default", "csr"), ("csr", "csr"), ("row_sparse", "default"))
    for one, other in pairs:
        for transpose_a in (False, True):
            for transpose_b in (False, True):
                for stype in (None, "default", "csr", "row_sparse"):
                    if (one, other, transpose_a, transpose_b, stype) == ("csr", "row_sparse", True, False, "default"):
                        continue  # MXNet has not got around to it
                    x = KINDS[one](mx, np.array(LEFT).T if transpose_a else LEFT)
                    y = KINDS[other](mx, np.array(RIGHT).T if transpose_b else RIGHT)
                    given = {} if stype is None else {"forward_stype": stype}
                    product = mx.nd.dot(x, y, transpose_a=transpose_a, transpose_b=transpose_b, **given)
                    found[f"{one} {other} {transpose_a} {transpose_b} {stype}"] = product
    return found


def products_as_stored(mx):
    zeros = mx.nd.sparse.zeros
    return stores(
        lambda: mx.nd.dot(csr(mx, LEFT), dense(mx, RIGHT[:3]), transpose_a=True),
        lambda: mx.nd.dot(csr(mx), rows(mx, RIGHT[:3]), transpose_a=True),
        lambda: mx.nd.dot(dense(mx, OTHER), csr(mx, RIGHT)),
        lambda: mx.nd.dot(dense(mx), zeros("csr", (4, 2))), lambda: mx.nd.dot(zeros("csr", (3, 4)), dense(mx, RIGHT)),
        lambda: mx.nd.dot(zeros("csr", (4, 3)), dense(mx, RIGHT), transpose_a=True),
        lambda: mx.nd.dot(csr(mx), zeros("row_sparse", (4, 2))), lambda: mx.nd.sparse.dot(csr(mx), dense(mx, RIGHT)),
        lambda: mx.nd.dot(csr(mx, LEFT, "float64"), dense(mx, RIGHT, "float64")),
    )  # fmt: skip


def product_errors(mx):
    return outcomes(
        lambda: mx.nd.dot(csr(mx), mx.nd.ones((4,))), lambda: mx.nd.dot(csr(mx), mx.nd.ones((3, 2))),
        lambda: mx.nd.dot(csr(mx, dtype="float64"), dense(mx, RIGHT)),
        lambda: mx.nd.dot(csr(mx), mx.nd.ones((4, 2, 2))),
        lambda: mx.nd.dot(csr(mx, dtype="int32"), dense(mx, RIGHT, "int32")),
    )  # fmt: skip


# --- parts and sums -------------------------------------------------------------------------------------------------


def keeping_rows(mx):
    x = rows(mx, [[1, 2], [0, 0], [3, 4], [5, 6.0]])
    return stores(
        lambda: mx.nd.sparse.retain(x, mx.nd.array([0, 3])), lambda: mx.nd.sparse.retain(x, mx.nd.array([3, 0, 3])),
        lambda: mx.nd.sparse.retain(csr(mx), mx.nd.array([1])),
        lambda: mx.nd.sparse.retain(mx.nd.sparse.zeros("row_sparse", (5, 2)), mx.nd.array([1, 2])),
    )  # fmt: skip


def windows(mx):
    options = (
        {"begin": (0,), "end": (2,)}, {"begin": (0, 1), "end": (2, 3)}, {"begin": (None, 1), "end": (None, 3)},
        {"begin": (-2,), "end": (None,)}, {"begin": (0,), "end": (3,), "step": (2,)},
    )  # fmt: skip
    return [stores(*(lambda o=o: mx.nd.slice(make(mx), **o) for o in options)) for make in (csr, rows)]


def joining(mx):
    return [stored(mx.nd.concat(csr(mx), csr(mx, OTHER), csr(mx), dim=0)), mx.nd.concat(csr(mx), csr(mx), dim=1),
            mx.nd.concat(rows(mx), rows(mx), dim=0), mx.nd.stack(csr(mx), csr(mx))]  # fmt: skip


def choosing(mx):
    ones, twos = mx.nd.ones((3, 4)), mx.nd.ones((3, 4)) * 2
    return [mx.nd.where(csr(mx), ones, twos), mx.nd.where(rows(mx), ones, twos), mx.nd.where(ones, csr(mx), rows(mx))]


def sums(mx):
    options = (
        {},
        {"axis": 0},
        {"axis": 1},
        {"axis": (0, 1)},
        {"axis": 1, "keepdims": True},
        {"axis": 1, "exclude": True},
    )
    found = [
        [getattr(mx.nd, n)(make(mx), **o) for o in options] for n in ("sum", "mean", "max") for make in (csr, rows)
    ]
    options = ({}, {"ord": 1}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"ord": 1, "axis": 1})
    return found + [[mx.nd.norm(make(mx), **o) for o in options] for make in (csr, rows)]


def sums_of_squares(mx):
    call = mx.nd._internal._square_sum
    options = ({"axis": 0}, {"axis": 1}, {"axis": 1, "keepdims": True}, {"axis": 0, "keepdims": True})
    return [*stores(*(lambda o=o: call(rows(mx), **o) for o in options)), *outcomes(lambda: call(csr(mx), axis=1))]


def graphs_as_matrices(mx):
    graph = csr(mx)
    u, v = mx.nd.array([0, 0, 1, 2, 2]), mx.nd.array([1, 0, 2, 0, 3])
    return [
        *outcomes(lambda: mx.nd.contrib.getnnz(graph), lambda: mx.nd.contrib.getnnz(graph, axis=1)),
        *outcomes(lambda: mx.nd.contrib.getnnz(graph, axis=0), lambda: mx.nd.contrib.getnnz(rows(mx))),
        mx.nd.contrib.edge_id(graph, u, v), mx.nd.contrib.edge_id(mx.nd.sparse.zeros("csr", (3, 4)), u, v),
    ]  # fmt: skip


def results_in_other_arrays(mx):
    found = []
    for make in (csr, rows):
        own = make(mx).stype
        found += [
            mx.nd.square(make(mx), out=mx.nd.zeros((3, 4))), stored(mx.nd.square(dense(mx), out=make(mx, OTHER))),
            stored(mx.nd.square(make(mx), out=mx.nd.sparse.zeros(own, (3, 4)))), mx.nd.exp(make(mx), out=make(mx)),
        ]  # fmt: skip
    return found


def dense_functions(mx):
    """Of operators that know nothing of sparse arrays, the results are dense."""
    x = dense(mx, [[1, 2], [3, 4], [5, 6], [7, 8.0]])
    return [
        [make(mx).T, make(mx).slice_axis(axis=0, begin=0, end=1), make(mx).expand_dims(0),
         make(mx).broadcast_to((3, 4)),
         mx.nd.softmax(make(mx)), mx.nd.FullyConnected(make(mx), x.T, num_hidden=2, no_bias=True),
         make(mx).argmax(axis=1),
         mx.nd.take(make(mx), mx.nd.array([0, 2])), mx.nd.tile(make(mx), (2, 1)), mx.nd.Cast(make(mx), dtype="float64")]
        for make in (csr, rows)
    ]  # fmt: skip


def properties(mx):
    """Random matrices of several densities, without and with rows of zeros."""
    found = []
    for seed in range(6):
        draw = np.random.RandomState(seed)
        shape = tuple(draw.randint(1, 6, size=2))
        x, y = (np.round(draw.uniform(1, 9, shape)) * (draw.uniform(size=shape) < seed / 5) for _ in range(2))
        z = np.round(draw.uniform(1, 9, (shape[1], 3)))
        for make in (csr, rows):
            a, b = make(mx, x), make(mx, y)
            found.append([a + b, a * b, a - b * 2, mx.nd.sum(a, axis=0), mx.nd.norm(a), mx.nd.square(a)])
        a = csr(mx, x)
        found.append(
            [mx.nd.dot(a, dense(mx, z)), mx.nd.dot(a, dense(mx, x), transpose_a=True), stored(a[: shape[0] // 2 + 1])]
        )
        found.append(stored(mx.nd.dot(dense(mx, z.T), csr(mx, x.T))))
    return found
