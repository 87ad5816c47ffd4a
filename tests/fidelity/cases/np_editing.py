"""Functions of `mx.np` that leave slices out, put slices in, average, choose, and count from places."""

import numpy as np

from fidelity.np_support import answers
from fidelity.support import data, grads, tolerance

KINDS = ("int32", "int64", "float32", "float64")


def _rows():
    return np.arange(12, dtype="float32").reshape(3, 4)


def _hybridized(mx, names, expression, *arrays):
    """What a hybridized block gives that computes an expression of arrays by these names."""
    mx.npx.set_np()

    class Net(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, *inputs):
            return eval(expression, {"np": F.np, **dict(zip(names, inputs))})

    net = Net()
    net.hybridize()
    return net(*(mx.np.array(each, dtype=each.dtype) for each in arrays))


def delete(mx):
    return answers(
        mx,
        """np.delete(x, 1)
        np.delete(x, -1, axis=1)
        np.delete(x, 1, axis=0)
        np.delete(x, slice(0, 2), axis=1)
        np.delete(x, slice(None, None, 2), axis=1)
        np.delete(x, slice(None, None, -1), axis=1)
        np.delete(x, slice(5, 9), axis=1)
        np.delete(x, at, axis=1)
        np.delete(x, at.astype('int32'), axis=1)
        np.delete(x, at.astype('float32'), axis=1)
        np.delete(x, np.array([], dtype='int64'), axis=1)
        np.delete(x, np.array([1, 1], dtype='int64'), axis=-1)
        np.delete(x, np.array([[0, 1], [2, 0]], dtype='int64'), axis=1)
        np.delete(x, 7, axis=1)
        np.delete(x, 1, axis=5)
        np.delete(x, np.array([True, False, True, False]), axis=1)
        np.delete(np.array(2.5), 0)
        np.delete(np.array(2.5), 0, axis=0)
        np.delete(np.zeros((0, 3)), 0, axis=1)
        np.delete([1, 2], 0)""",
        x=_rows(),
        at=np.array([1, 3]),
    )


def delete_kinds(mx):
    return {kind: answers(mx, "np.delete(x, 1, axis=1)", x=_rows().astype(kind)) for kind in KINDS}


def insert(mx):
    return answers(
        mx,
        """np.insert(x, 1, 9)
        np.insert(x, 1, row, axis=0)
        np.insert(x, -1, row, axis=0)
        np.insert(x, 3, row, axis=0)
        np.insert(x, 1, np.array([1, 2, 3]), axis=1)
        np.insert(x, 1, np.array([[1], [2], [3]]), axis=1)
        np.insert(x, slice(0, 2), two, axis=1)
        np.insert(x, slice(None, None, 2), two, axis=1)
        np.insert(x, slice(1, 2), two, axis=1)
        np.insert(x, at, two, axis=1)
        np.insert(x, np.array([1], dtype='int64'), two, axis=1)
        np.insert(x, np.array([1, 1], dtype='int64'), two, axis=1)
        np.insert(x, np.array([3, 1], dtype='int64'), two, axis=1)
        np.insert(x, np.array([1], dtype='int64'), row, axis=0)
        np.insert(two, 2, 9)
        np.insert(two, slice(0, 2), two)
        np.insert(two.astype('int32'), 1, 2.7)
        np.insert(x, 5, 9, axis=1)
        np.insert(x, 1, 9, axis=2)
        np.insert(x, slice(0, 3), two, axis=1)
        np.insert(x, np.array([True, False, True, False]), 9, axis=1)
        np.insert(x, 1.5, 9)
        np.insert(np.array(2.5), 0, 1)
        np.insert([1, 2], 1, 9)""",
        x=_rows(),
        row=data((1, 4), 1),
        two=data((2,), 2),
        at=np.array([1, 3]),
    )


def insert_numbers_along_an_axis(mx):
    return answers(
        mx,
        """np.insert(x, 1, 9, axis=0)
        np.insert(x, slice(0, 2), 9, axis=1)
        np.insert(x, np.array([1, 3], dtype='int32'), 9, axis=1)
        np.insert(x, [0, 2], 9, axis=0)
        np.insert(x, 1, [1, 2, 3, 4], axis=0)""",
        x=_rows(),
    )


def ediff1d(mx):
    return answers(
        mx,
        """np.ediff1d(x)
        np.ediff1d(y, to_end=1)
        np.ediff1d(y, to_begin=np.array([1, 2.5]), to_end=y)
        np.ediff1d(y, to_begin=x)
        np.ediff1d(y, to_begin=2.5, to_end=y)
        np.ediff1d(y.astype('int32'), to_begin=1.5)
        np.ediff1d(y.astype('float64'), to_end=y)
        np.ediff1d(np.array(2.5))
        np.ediff1d(np.zeros((0, 3)), to_begin=1)
        np.ediff1d(np.array([True, False]))
        np.ediff1d([1, 2])""",
        x=_rows(),
        y=data((4,), 3),
    )


@tolerance(rtol=2e-6, reason="sums in another order")
def ediff1d_gradients(mx):
    mx.npx.set_np()
    return {
        "plain": grads(mx, lambda x: mx.np.ediff1d(x), data((3, 4))),
        "ends": grads(
            mx, lambda x, a, b: mx.np.ediff1d(x, to_begin=a, to_end=b), data((4,)), data((2,), 1), data((3,), 2)
        ),
    }


def average(mx):
    return answers(
        mx,
        """np.average(x)
        np.average(x, axis=0)
        np.average(x, axis=(0, 1))
        np.average(x, axis=())
        np.average(x, axis=[0, 1])
        np.average(x, axis=-1, weights=w)
        np.average(x, axis=0, weights=w)
        np.average(x, weights=w)
        np.average(x, weights=x)
        np.average(x, axis=(0, 1), weights=x)
        np.average(x, weights=x, returned=True)
        np.average(x, axis=1, weights=w, out=np.zeros(3))
        np.average(x, axis=2)
        np.average(x.astype('int32'), weights=x.astype('int32'))
        np.average(x.astype('float16'), axis=1)
        np.average(x, axis=1, weights=w.astype('float64'))
        np.average(x > 2)
        np.average(np.zeros((0, 3)), axis=0)
        np.average(np.array(2.5))
        np.average([1, 2])
        np.average(x, axis=1, weights=[1, 2, 3, 4])""",
        x=_rows(),
        w=np.array([1, 2, 3, 4], "float32"),
    )


@tolerance(rtol=2e-6, atol=1e-6, reason="sums in another order")
def average_gradients(mx):
    mx.npx.set_np()
    weights = np.array([1, 2, 3, 4], "float32")
    return {
        "plain": grads(mx, lambda x: mx.np.average(x, axis=0), data((3, 4))),
        "weights": grads(mx, lambda x, w: mx.np.average(x, axis=1, weights=w), data((3, 4)), weights),
        "all": grads(mx, lambda x, w: mx.np.average(x, weights=w), data((3, 4)), data((3, 4), 1, 1, 2)),
        "returned": grads(mx, lambda x, w: mx.np.average(x, weights=w, returned=True), data((4,)), weights),
    }


def percentile(mx):
    return answers(
        mx,
        """np.percentile(x, 30)
        np.percentile(x, 30.0, axis=0)
        np.percentile(x, q)
        np.percentile(x, q, axis=1)
        np.percentile(x, q, axis=(0, 1))
        np.percentile(x, q, axis=1, keepdims=True)
        np.percentile(x, 30, axis=(0, 1), keepdims=True)
        np.percentile(x, 30, interpolation='lower')
        np.percentile(x, 30, interpolation='higher')
        np.percentile(x, 30, interpolation='midpoint')
        np.percentile(x, 30, interpolation='nearest')
        np.percentile(np.arange(3), 25, interpolation='nearest')
        np.percentile(np.arange(3), 75, interpolation='nearest')
        np.percentile(x, 30, interpolation='else')
        np.percentile(x, 101)
        np.percentile(x, -1)
        np.percentile(x, q * 3)
        np.percentile(x.astype('int32'), q)
        np.percentile(x.astype('float64'), 30)
        np.percentile(x.astype('float16'), q, interpolation='lower')
        np.percentile(x, q.astype('int32'))
        np.percentile(x, 30, axis=0, out=np.zeros(4))
        np.percentile(x, 30, overwrite_input=True)
        np.percentile(x, 30, axis=3)
        np.percentile(np.array([1, onp.nan, 3]), 30)
        np.percentile(x > 2, 30)
        np.percentile([1, 2], 30)
        np.quantile(x, 0.3)
        np.quantile(x, q / 100, axis=1)
        np.quantile(x, 3)
        np.quantile(x.astype('int32'), 0.3, interpolation='midpoint')
        np.quantile(x, q / 100, axis=0, out=np.zeros((3, 4)))""",
        x=data((3, 4), low=0, high=9),
        q=np.array([10, 50, 90], "float32"),
    )


def percentile_gradients(mx):
    mx.npx.set_np()
    q = np.array([10, 50], "float32")
    return {
        "number": grads(mx, lambda x: mx.np.percentile(x, 30, axis=0), data((3, 4))),
        "array": grads(mx, lambda x, q: mx.np.quantile(x, q / 100), data((3, 4)), q),
    }


def percentile_of_lists(mx):
    return answers(
        mx, "np.percentile(x, [10, 50])\nnp.quantile(x, [0.1, 0.5], axis=0)\nnp.percentile(x[0, 0], 30)", x=_rows()
    )


@tolerance(rtol=1e-5, reason="powers are summed in another order")
def polyval(mx):
    return answers(
        mx,
        """np.polyval(p, x)
        np.polyval(p, x[0, 0])
        np.polyval(p.astype('int32'), x.astype('int32'))
        np.polyval(p.astype('float64'), x.astype('float64'))
        np.polyval(p.astype('float64'), x)
        np.polyval(np.zeros(0), x)
        np.polyval(p, np.zeros((0, 2)))
        np.polyval(x, p)
        np.polyval(x[0, 0], p)
        np.polyval(p, 2)
        np.polyval([1, 2], x)""",
        x=_rows(),
        p=np.array([1.5, 2, 7, 3], "float32"),
    )


@tolerance(rtol=1e-5, atol=1e-6, reason="powers are summed in another order")
def polyval_gradients(mx):
    mx.npx.set_np()
    return grads(mx, lambda p, x: mx.np.polyval(p, x), data((4,)), data((2, 3), 1))


def polyval_gradient_of_the_points_alone(mx):
    mx.npx.set_np()
    p = mx.np.array([1.0, 2.0])
    return grads(mx, lambda x: mx.np.polyval(p, x), data((3,)))


def places(mx):
    return answers(
        mx,
        """np.diag_indices_from(np.zeros((3, 3)))
        np.diag_indices_from(np.zeros((2, 2, 2)))
        np.diag_indices_from(np.zeros((0, 0)))
        np.diag_indices_from(np.zeros((3, 4)))
        np.diag_indices_from(np.zeros(3))
        np.diag_indices_from([[1, 2], [3, 4]])
        np.unravel_index(i, (3, 4))
        np.unravel_index(i, 7)
        np.unravel_index(5, (3, 4))
        np.unravel_index(np.array([50], dtype='int32'), (3, 4))
        np.unravel_index(np.array([5.0]), (3, 4))
        np.unravel_index([1, 2], (3, 4))
        np.unravel_index(i, (3, 4), order='F')""",
        i=np.array([[1, 2], [3, 5]], "int32"),
    )


def memory_in_common(mx):
    return answers(
        mx,
        """np.shares_memory(x, x)
        np.shares_memory(x, x[0])
        np.shares_memory(x[0], x[1])
        np.may_share_memory(x, x + 1)
        np.may_share_memory(x[0:2], x[1:])
        np.shares_memory(x, 1)""",
        x=_rows(),
    )


def at_least(mx):
    return answers(
        mx,
        """np.atleast_1d(s)
        np.atleast_2d(s)
        np.atleast_3d(s)
        np.atleast_1d(x)
        np.atleast_2d(x[0])
        np.atleast_3d(x[0])
        np.atleast_3d(x)
        np.atleast_2d(s, x[0], x)
        np.atleast_2d(np.zeros((0,)))
        np.atleast_1d()
        np.atleast_1d([1, 2])
        np.atleast_1d(1)""",
        x=_rows(),
        s=np.float32(2.5),
    )


def at_least_gradients(mx):
    mx.npx.set_np()
    return grads(mx, lambda x, y: mx.np.atleast_3d(x, y), data((3,)), data((2, 3), 1))


def resize(mx):
    return answers(
        mx,
        """np.resize(x, (2, 3))
        np.resize(x, 5)
        np.resize(x, (0,))
        np.resize(x, (5, 4))
        np.resize(np.zeros((0, 3)), (2,))
        np.resize(x.astype('int32'), (3, 2))
        np.resize(x, -1)""",
        x=_rows(),
    )


def resize_has_no_gradient(mx):
    mx.npx.set_np()
    return grads(mx, lambda x: mx.np.resize(x, (2, 3)), data((4,)))


# --- in graphs -----------------------------------------------------------------------------------------------------


def symbols(mx):
    """The operators and attributes of the nodes that functions of symbols make."""
    mx.npx.set_np()
    x, y, z = (mx.sym.var(name).as_np_ndarray() for name in "xyz")
    shapes = {"x": (3, 4), "y": (3, 4), "z": (2,)}
    found = {}
    for line in """average(x)
        average(x, axis=1, weights=y, returned=True)
        ediff1d(x)
        ediff1d(x, to_begin=y, to_end=z)
        percentile(x, 30)
        percentile(x, z, axis=1, keepdims=True)
        quantile(x, 0.3, axis=0)
        polyval(z, x)
        atleast_2d(x, y)
        resize(x, (2, 3))
        unravel_index(x, (5, 7))
        insert(x, 1, 9)
        delete(x, y, axis=0)
        delete(x, slice(1, 2), axis=0)""".splitlines():
        with mx.name.NameManager():
            made = eval(f"np.{line.strip()}", {"np": mx.sym.np, "x": x, "y": y, "z": z})
            group = mx.sym.Group(list(made)) if isinstance(made, list) else made
            known = {name: shapes[name] for name in group.list_arguments()}
            inferred = None if "delete" in line or "insert" in line else group.infer_shape(**known)[1]
            found[line.strip()] = (type(made).__name__, group.list_outputs(), inferred)
    return found


def hybridized(mx):
    x, q = _rows(), np.array([10, 50], "float32")
    return {
        "average": _hybridized(mx, "x", "np.average(x, axis=1)", x),
        "percentile": _hybridized(mx, "xq", "np.percentile(x, q, axis=1)", x, q),
        "quantile": _hybridized(mx, "x", "np.quantile(x, 0.3, axis=0)", x),
        "polyval": _hybridized(mx, "qx", "np.polyval(q, x)", q, x),
        "ediff1d": _hybridized(mx, "xq", "np.ediff1d(x, to_begin=q)", x, q),
        "atleast": _hybridized(mx, "x", "np.atleast_3d(x)", x),
        "resize": _hybridized(mx, "x", "np.resize(x, (2, 3))", x),
        "unravel_index": _hybridized(mx, "i", "np.unravel_index(i, (3, 4))", np.array([[1, 5], [3, 11]], "int32")),
        "diag_indices_from": _hybridized(mx, "x", "np.diag_indices_from(x)", np.zeros((3, 3), "float32")),
        "eigvals": _hybridized(mx, "x", "np.linalg.eigvals(x)", np.array([[2, 1], [1, 3]], "float32")),
    }


# --- drawn ---------------------------------------------------------------------------------------------------------


def _drawn(mx, call, count=16):
    """What calls give whose shapes, axes and places are drawn; each is told by what was drawn."""
    mx.npx.set_np()
    found = {}
    for seed in range(count):
        draw = np.random.RandomState(seed)
        shape = tuple(draw.randint(1, 5, size=draw.randint(1, 4)).tolist())
        axis = [None, *range(-len(shape), len(shape))][draw.randint(2 * len(shape) + 1)]
        x = draw.randint(-9, 9, size=shape).astype(("float32", "float64", "int32")[seed % 3])
        line, result = call(draw, mx.np.array(x, dtype=x.dtype), axis)
        found[f"{seed}: {shape} {line}"] = result
    return found


def _length(x, axis):
    return x.size if axis is None else x.shape[axis]


def drawn_delete(mx):
    def call(draw, x, axis):
        places = np.unique(draw.randint(0, _length(x, axis), size=2))
        start, stop, step = draw.randint(-5, 6), draw.randint(-5, 6), [-2, -1, 1, 2][draw.randint(4)]
        return f"{axis} {places} {start}:{stop}:{step}", [
            mx.np.delete(x, mx.np.array(places, dtype="int64"), axis),
            mx.np.delete(x, int(places[0]), axis),
            mx.np.delete(x, slice(int(start), int(stop), step), axis),
        ]

    return _drawn(mx, call)


def drawn_insert(mx):
    def call(draw, x, axis):
        axis = 0 if axis is None else axis
        places = draw.randint(0, _length(x, axis) + 1, size=3)
        shape = list(x.shape)
        shape[axis] = 3
        values = mx.np.array(draw.randint(-9, 9, size=shape), dtype=x.dtype)
        one = mx.np.moveaxis(values, axis, 0) if x.ndim > 1 else values
        return f"{axis} {places}", [
            mx.np.insert(x, mx.np.array(places, dtype="int64"), values, axis),
            mx.np.insert(x, int(places[0]), one, axis),
            mx.np.insert(x, int(places[0]), 7),
        ]

    return _drawn(mx, call)


@tolerance(rtol=2e-6, reason="sums in another order")
def drawn_statistics(mx):
    def call(draw, x, axis):
        kinds = ["linear", "lower", "higher", "midpoint", "nearest"]
        kind, keepdims = kinds[draw.randint(5)], bool(draw.randint(2))
        # at halves rounding to the nearest place depends on the last bit of the product
        q = mx.np.array(draw.randint(0, 101, size=2) + (0.25 if kind == "nearest" else 0), dtype="float32")
        q = mx.np.minimum(q, 100)
        return f"{axis} {kind} {keepdims}", [
            mx.np.average(x, axis),
            mx.np.average(x, axis, weights=x * x + 1),
            mx.np.percentile(x, q, axis, interpolation=kind, keepdims=keepdims),
            mx.np.percentile(x, 40, axis, keepdims=keepdims),
            mx.np.ediff1d(x),
        ]

    return _drawn(mx, call)
