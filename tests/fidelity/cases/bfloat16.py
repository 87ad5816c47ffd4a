"""bfloat16 wherever MXNet 1.9.1 has it: as an array's dtype, in graphs, in blocks and in files.

MXNet knows it by a NumPy dtype of its own, a record of one unsigned integer. Elements come back as float32 here, since
MXNet hands out their bits, and are such that bfloat16 holds them exactly, since MXNet cuts digits off.
"""

import os
import tempfile

import numpy as np

BFLOAT16 = np.dtype([("bfloat16", np.uint16)])
EXACT = [1, -2.5, 0.15625, 96, 0, 12]


def _array(mx, shape=(2, 3)):
    return mx.nd.array(np.resize(EXACT, shape)).astype(BFLOAT16)


def _seen(array):
    return array.dtype == BFLOAT16, array.astype("float32")


def _kinds(dtypes):
    return [str(dtype) if dtype == BFLOAT16 else dtype.__name__ for dtype in dtypes]


def conversions(mx):
    x = _array(mx)
    kinds = ("float16", "float32", "float64", "int32", "int8", "int64", "bool")
    there = [x.astype(kind) for kind in kinds]
    back = [_seen(mx.nd.array([1, 0, 5], dtype=kind).astype(BFLOAT16)) for kind in (*kinds, "uint8")]
    return there, back, _seen(mx.nd.cast(x.astype("float32"), dtype=BFLOAT16)), _seen(x.astype(x.dtype))


def conversion_limits(mx):
    x = mx.nd.array([np.inf, -np.inf, np.nan, 2.0**127, 2.0**-130])
    return _seen(x.astype(BFLOAT16))


def names(mx):
    x = _array(mx)
    return str(x.dtype), x.dtype == np.float32, x.dtype == np.dtype("float16"), x.astype("float32").dtype == BFLOAT16


def creation(mx):
    nd = mx.nd
    made = [nd.zeros((2,), dtype=BFLOAT16), nd.ones((2,), dtype=BFLOAT16), nd.full((2,), 2.5, dtype=BFLOAT16)]
    made += [nd.arange(4, dtype=BFLOAT16), nd.array(_array(mx)), nd.array(_array(mx), dtype=BFLOAT16)]
    made += [nd.zeros_like(_array(mx)), nd.ones_like(_array(mx))]
    return [_seen(each) for each in made], nd.empty((2, 3), dtype=BFLOAT16).dtype == BFLOAT16


def creation_other_sixteen_bits(mx):
    return mx.nd.zeros((2,), dtype="V2")


def arithmetic(mx):
    x = _array(mx)
    made = [x + x, x - x, x * x, x / 2, 2 - x, x**2, -x, x == x, x > 0, x + mx.nd.ones((1, 3), dtype=BFLOAT16)]
    return [_seen(each) for each in made]


def arithmetic_with_float32(mx):
    return _array(mx) + mx.nd.ones((2, 3))


def arithmetic_in_place(mx):
    x = _array(mx)
    x += x
    x *= 2
    return _seen(x)


def operators(mx):
    nd, x = mx.nd, _array(mx)
    made = [nd.relu(x), nd.abs(x), x.reshape((3, 2)), nd.concat(x, x, dim=0), nd.take(x, nd.array([1])), x.copy()]
    made += [
        nd.where(x > 0, x, -x),
        x.clip(0, 2),
        nd.ones_like(x).sum(),
        x.max(axis=1),
        x.argmax(axis=1),
        nd.stack(x, x),
    ]
    return [_seen(each) for each in made]


def indexing(mx):
    x = _array(mx)
    x[0] = 8
    x[1, 1:] = mx.nd.array([1.5, 2.5])
    y = mx.nd.zeros((2, 3))
    y[:] = x
    return _seen(x), _seen(x[1]), _seen(x[:, ::2]), y


def copies(mx):
    x = _array(mx)
    return x.copyto(mx.nd.zeros((2, 3))), _seen(mx.nd.ones((2, 3)).copyto(x)), _seen(x.as_in_context(mx.cpu(1)))


def mixed_precision_casts(mx):
    nd, made = mx.nd, []
    kinds = (BFLOAT16, "float16", "float32", "float64", "int32", "uint8")
    for kind in kinds:
        made.append(_kinds(nd.amp_cast(nd.ones((2,)).astype(kind), dtype=other).dtype for other in kinds))
    return made


def mixed_precision_multicast(mx):
    nd, made = mx.nd, []
    kinds = {"b": BFLOAT16, "h": "float16", "f": "float32", "d": "float64", "i": "int32"}
    for text in ("bh", "hb", "bf", "fb", "hbf", "bhf", "dhf", "ihf", "fd", "fi", "ui"):
        arrays = [nd.ones((2,)).astype(kinds.get(letter, "uint8")) for letter in text]
        for narrow in (False, True):
            out = nd.amp_multicast(*arrays, num_outputs=len(arrays), cast_narrow=narrow)
            made.append(_kinds(each.dtype for each in out))
    return made


def gradients(mx):
    x = _array(mx)
    x.attach_grad()
    whole = mx.nd.array(EXACT)
    whole.attach_grad()
    with mx.autograd.record():
        y = x * x
        z = (whole.astype(BFLOAT16) * 3).astype("float32")
    y.backward()
    z.backward()
    return _seen(x.grad), whole.grad


def symbols(mx):
    sym = mx.sym
    a, b = sym.var("a", dtype=BFLOAT16), sym.var("b")
    cast = sym.Cast(b, dtype=BFLOAT16, name="cast")
    made = [sym.zeros((2,), dtype=BFLOAT16, name="zeros"), sym.amp_cast(b, dtype=BFLOAT16, name="amp")]
    written = [symbol.attr_dict() for symbol in (a, cast, a.astype(BFLOAT16), *made)]
    written = [{name: sorted(attributes.items()) for name, attributes in each.items()} for each in written]
    return written, a.list_attr(), sym.load_json(cast.tojson()).attr_dict()


def symbol_types(mx):
    sym = mx.sym
    a, b = sym.var("a", dtype=BFLOAT16), sym.var("b")
    graphs = [a, a + b, sym.relu(a), sym.FullyConnected(a, num_hidden=2, name="dense"), sym.zeros((2,), dtype=BFLOAT16)]
    graphs += [sym.Convolution(a, kernel=(1, 1), num_filter=2, name="conv"), sym.load_json((a + b).tojson())]
    types = [graph.infer_type() for graph in graphs]
    types += [sym.Cast(b, dtype=BFLOAT16).infer_type(b="float32"), sym.Cast(a, dtype="float32").infer_type()]
    return [[_kinds(part) for part in each] for each in types]


def executor(mx):
    x = mx.sym.var("x", dtype=BFLOAT16)
    bound = (x * 2).simple_bind(mx.cpu(), x=(2, 3))
    bound.forward(x=mx.nd.array(np.resize(EXACT, (2, 3))))
    out = bound.outputs[0]
    bound.backward(mx.nd.ones((2, 3), dtype=BFLOAT16))
    bigger = bound.reshape(x=(3, 3), allow_up_sizing=True)
    return _seen(bound.arg_dict["x"]), _seen(out), _seen(bound.grad_dict["x"]), bigger.arg_dict["x"].dtype == BFLOAT16


def executor_bound(mx):
    x = mx.sym.var("x")
    return _seen((x * 2).bind(mx.cpu(), {"x": _array(mx)}).forward()[0])


def files(mx):
    arrays = {"x": _array(mx), "y": mx.nd.array([1, 2]), "z": mx.nd.zeros((1, 2), dtype=BFLOAT16)}
    path = os.path.join(tempfile.mkdtemp(), "arrays.params")
    mx.nd.save(path, arrays)
    loaded = mx.nd.load(path)
    with open(path, "rb") as stream:
        content = stream.read()
    return (
        content.hex(),
        {name: loaded[name].dtype == array.dtype for name, array in arrays.items()},
        _seen(loaded["x"]),
    )


def _dense(mx, **arguments):
    net = mx.gluon.nn.Dense(2, in_units=3, prefix="dense_", **arguments)
    net.initialize(mx.init.Constant(0.15625))
    return net


def block_cast(mx):
    net = _dense(mx)
    net.cast(BFLOAT16)
    parameter = net.weight
    return _seen(parameter.data()), _seen(parameter.grad()), parameter.dtype == BFLOAT16, repr(parameter)


def block_files(mx):
    net = _dense(mx)
    net.cast(BFLOAT16)
    path = os.path.join(tempfile.mkdtemp(), "net.params")
    net.save_parameters(path)
    same, cast, saved = _dense(mx), _dense(mx), _dense(mx)
    same.cast(BFLOAT16)
    same.load_parameters(path)
    cast.load_parameters(path, cast_dtype=True)
    saved.load_parameters(path, cast_dtype=True, dtype_source="saved")
    return _seen(same.weight.data()), _seen(cast.weight.data()), _seen(saved.weight.data())


def _wrong_files(cast):
    def case(mx):
        nets = [_dense(mx), _dense(mx)]
        nets[cast].cast(BFLOAT16)
        path = os.path.join(tempfile.mkdtemp(), "net.params")
        nets[0].save_parameters(path)
        nets[1].load_parameters(path)

    return case


block_files_of_bfloat16_into_float32 = _wrong_files(0)
block_files_of_float32_into_bfloat16 = _wrong_files(1)


def constants(mx):
    constant = mx.gluon.Constant("c", _array(mx))
    constant.initialize()
    return _seen(constant.data()), constant.dtype == BFLOAT16


def parameters_of_one_name(mx):
    net = mx.gluon.nn.Dense(2)
    first = net.params.get("scale", shape=(2,), dtype=BFLOAT16)
    return net.params.get("scale", shape=(2,), dtype=np.dtype([("bfloat16", "<u2")])) is first


def parameters_of_one_name_and_two_dtypes(mx):
    net = mx.gluon.nn.Dense(2)
    net.params.get("scale", shape=(2,), dtype=BFLOAT16)
    net.params.get("scale", shape=(2,), dtype="float32")


def stores(mx):
    store, out = mx.kv.create("local"), [mx.nd.zeros((2, 3)), mx.nd.zeros((2, 3), dtype=BFLOAT16)]
    store.init("a", _array(mx))
    store.push("a", [_array(mx), _array(mx)])
    store.pull("a", out=out)
    return out[0], _seen(out[1])
