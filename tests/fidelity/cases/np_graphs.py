"""Graphs with NumPy's semantics: mx.sym.np and mx.sym.npx, blocks called with mx.np arrays, np_shape, use_np."""

import json
import os
import tempfile

from fidelity.np_support import _class
from fidelity.support import data, grads, tolerance


def _symbols(mx, names):
    return {name: mx.sym.var(name).as_np_ndarray() for name in names}


def _answers(mx, expressions, **shapes):
    """What is known of the symbol that each expression gives (one a line), or the class of the error it raises."""
    mx.npx.set_np()
    found = {}
    for line in filter(None, (line.strip() for line in expressions.splitlines())):
        names = {"F": mx.sym, "mx": mx, **_symbols(mx, shapes)}
        with mx.name.NameManager():
            try:
                made = eval(line, names)
                parts = list(made) if isinstance(made, (list, tuple)) else [made]
                inferred = []
                for part in parts:
                    known = {name: shapes[name] for name in part.list_arguments() if name in shapes}
                    inferred.append((type(part).__name__, part.list_outputs(), part.infer_shape(**known)[1]))
                found[line] = inferred
            except Exception as error:  # noqa: BLE001 - the error is the outcome
                found[line] = _class(error)
    return found


def functions(mx):
    return _answers(
        mx,
        """F.np.mean(x, axis=1)
        F.np.sum(x)
        F.np.sum(x, axis=(0, 1), keepdims=True)
        F.np.max(x, axis=-1)
        F.np.argmax(x, axis=1)
        F.np.std(x)
        F.np.var(x, axis=0)
        F.np.prod(x)
        F.np.cumsum(x, axis=0)
        F.np.concatenate([x, y], axis=0)
        F.np.concatenate([x, y], axis=1)
        F.np.concatenate([x, y], axis=None)
        F.np.stack([x, y], axis=1)
        F.np.vstack([x, y])
        F.np.expand_dims(x, -1)
        F.np.squeeze(x)
        F.np.swapaxes(x, 0, 1)
        F.np.transpose(x)
        F.np.transpose(x, (1, 0))
        F.np.moveaxis(x, 0, 1)
        F.np.reshape(x, (-1, 2))
        F.np.broadcast_to(x, (5, 4, 6))
        F.np.repeat(x, 2, axis=0)
        F.np.tile(x, (2, 1))
        F.np.flip(x, 0)
        F.np.roll(x, 1)
        F.np.rot90(x)
        F.np.diag(x)
        F.np.tril(x)
        F.np.trace(x)
        F.np.hsplit(x, 2)
        F.np.hsplit(x, (1, 4))
        F.np.take(x, i, axis=0)
        F.np.where(x > 0, x, y)
        F.np.where(x, 1, y)
        F.np.where(x, y, 0.5)
        F.np.clip(x, 0, 1)
        F.np.maximum(x, y)
        F.np.maximum(x, 0)
        F.np.minimum(1, x)
        F.np.exp(x)
        F.np.isnan(x)
        F.np.around(x, 1)
        F.np.nan_to_num(x)
        F.np.dot(x, z)
        F.np.matmul(x, z)
        F.np.einsum('ij,jk->ik', x, z)
        F.np.tensordot(x, y, axes=2)
        F.np.tensordot(x, y, axes=([0, 1], [0, 1]))
        F.np.outer(x, y)
        F.np.inner(x, y)
        F.np.vdot(x, y)
        F.np.linalg.norm(x)
        F.np.linalg.norm(x, axis=1)
        F.np.linalg.norm(x, ord='fro')
        F.np.linalg.norm(x, ord=1, axis=0)
        F.np.linalg.svd(x)
        F.np.linalg.inv(s)
        F.np.sort(x)
        F.np.argsort(x)
        F.np.diff(x)
        F.np.copy(x)
        F.np.histogram(x, bins=3, range=(0, 1))""",
        x=(4, 6), y=(4, 6), z=(6, 3), i=(3,), s=(3, 3),
    )  # fmt: skip


def padding(mx):
    mx.npx.set_np()
    x = mx.sym.var("x").as_np_ndarray()
    padded = mx.sym.np.pad(x, ((1, 1), (2, 2)))
    read = mx.sym.load_json(padded.tojson())
    return padded.infer_shape(x=(4, 6))[1], read.infer_shape(x=(4, 6))[1]


def padding_of_all_axes_alike(mx):
    mx.npx.set_np()
    mx.sym.np.pad(mx.sym.var("x").as_np_ndarray(), 1)


def creation(mx):
    return _answers(
        mx,
        """F.np.zeros((2, 3))
        F.np.zeros(())
        F.np.zeros((0, 3), dtype='int32')
        F.np.ones((2,), ctx=mx.cpu(0))
        F.np.full((2, 3), 1)
        F.np.full_like(x, 3)
        F.np.zeros_like(x)
        F.np.ones_like(x, dtype='int32')
        F.np.arange(4)
        F.np.arange(1, 8, 2, dtype='int32')
        F.np.linspace(0, 1, 5)
        F.np.logspace(0, 1, 5)
        F.np.eye(3)
        F.np.eye(3, 4, 1)
        F.np.identity(3)
        F.np.indices((2, 3))
        F.np.hanning(4)
        F.np.random.uniform(size=(2, 3))
        F.np.random.normal(0, 1, size=(2,))
        F.np.random.normal(x, 1)
        F.np.random.randint(0, 5, size=(2,))
        F.np.random.gumbel(size=(2,))
        F.np.random.choice(5, size=(2,))
        F.np.random.rand(2, 3)
        F.npx.random.bernoulli(0.5, size=(2,))
        F.npx.random.uniform_n(0, 1, batch_shape=(2,))""",
        x=(4, 6),
    )


def extension(mx):
    return _answers(
        mx,
        """F.npx.relu(x)
        F.npx.sigmoid(x)
        F.npx.softmax(x, axis=-1)
        F.npx.log_softmax(x, axis=-1)
        F.npx.topk(x, k=2, axis=1)
        F.npx.one_hot(i, 3)
        F.npx.pick(x, j)
        F.npx.reshape(x, (-2, 3, -1))
        F.npx.reshape_like(x, y)
        F.npx.arange_like(x, axis=1)
        F.npx.shape_array(x)
        F.npx.embedding(i, e, input_dim=5, output_dim=3)
        F.npx.dropout(x, p=0.5)
        F.npx.layer_norm(x, g, b)
        F.npx.fully_connected(x, w, no_bias=True, num_hidden=3)
        F.npx.activation(x, act_type='tanh')
        F.npx.batch_flatten(x)
        F.npx.gather_nd(x, n)
        F.npx.erf(x)
        F.npx.leaky_relu(x)
        F.npx.smooth_l1(x)""",
        x=(4, 6), y=(6, 4), i=(3,), j=(4,), e=(5, 3), g=(6,), b=(6,), w=(3, 6), n=(2, 3),
    )  # fmt: skip


def arithmetic_and_methods(mx):
    return _answers(
        mx,
        """x + y
        x - 1
        1 - x
        x * 2.5
        x * True
        2 / x
        x % 2
        3 % x
        x ** 2
        2 ** x
        x == y
        x != 1
        x <= y
        1 < x
        x.sum(axis=1)
        x.mean()
        x.max()
        x.argmax(axis=1)
        x.std()
        x.reshape((2, 12))
        x.reshape(-1)
        x.reshape(-1, 3)
        x.transpose()
        x.transpose(1, 0)
        x.T
        x.squeeze()
        x.flatten()
        x.astype('float16')
        x.clip(0, 1)
        x.take(i)
        x.dot(z)
        x.swapaxes(0, 1)
        x.repeat(2)
        x[1:3]
        x[1:3, 0]
        x[0]
        x[0, 1]
        x[::2]
        x[1:, 2:4]
        x.as_nd_ndarray()
        x.as_np_ndarray()""",
        x=(4, 6), y=(6,), z=(6, 3), i=(3,),
    )  # fmt: skip


def what_a_symbol_cannot_do(mx):
    return _answers(
        mx,
        """len(x)
        list(x)
        x.shape
        x[None]
        x[..., 0]
        x[x]
        x + None
        x + mx.sym.var('q')
        F.np.exp(mx.sym.var('q'))
        F.np.concatenate([x, mx.sym.var('q')])
        x.asnumpy()""",
        x=(4, 6),
    )


def what_files_say(mx):
    """Whether a graph's file says that its shapes are NumPy's is told by the moment it is written."""
    x = mx.sym.var("x")
    plain = json.loads((x + 1).tojson())["attrs"]
    with mx.util.np_shape(True):
        return plain, json.loads((x + 1).tojson())["attrs"]


def _nodes(mx, symbol):
    """The operators and names of a graph."""
    return [(node["op"], node["name"]) for node in json.loads(symbol.tojson())["nodes"]]


def nodes(mx):
    mx.npx.set_np()
    s = _symbols(mx, "xy")
    x, y = s["x"], s["y"]
    F = mx.sym
    made = F.np.concatenate([F.np.swapaxes(F.npx.relu(x + y), 0, 1), F.np.expand_dims(y, 0)], axis=1)
    made = F.np.where(made > 0, F.np.maximum(made, 1), F.np.linalg.norm(made, axis=1, keepdims=True))
    return _nodes(mx, F.np.mean(made * 2 - 1, axis=0)), _nodes(mx, F.np.clip(x.astype("int32"), 0, 1)[0])


# ------------------------------------------------------------------ blocks


def _mixed(mx):
    class Mixed(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.hidden = mx.gluon.nn.Dense(3)
                self.output = mx.gluon.nn.Dense(2, in_units=3)
                self.scale = self.params.get("scale", shape=(3,), init="ones")

        def hybrid_forward(self, F, x, scale):
            h = F.npx.relu(self.hidden(x)) * scale
            joined = F.np.concatenate([self.output(h), F.np.mean(h, axis=1, keepdims=True)], axis=1)
            return joined, F.np.sum(h), F.np.argmax(h, axis=1)

    return Mixed(prefix="mixed_")


def _started(mx, net, *inputs):
    net.initialize(mx.init.Uniform(1))
    net(*inputs)
    for number, parameter in enumerate(net.collect_params().values()):
        parameter.set_data(mx.np.array(data(parameter.shape, seed=number, low=-0.5, high=0.5)))
    return net


@tolerance(rtol=1e-4, reason="products are summed in another order")
def a_block_eager_and_hybridized(mx):
    mx.npx.set_np()
    x = data((2, 4), seed=9)
    net = _started(mx, _mixed(mx), mx.np.array(x))
    found = []
    for hybrid in (False, True):
        net.hybridize(hybrid)
        found.append(grads(mx, lambda x: net(x)[0], x))
        found.append([str(each.data().dtype) for each in net.collect_params().values()])
        found.append([each.grad() for each in net.collect_params().values()])
        found.append(net(mx.np.array(x)))
    return found


@tolerance(rtol=1e-4, reason="products are summed in another order")
def exported_and_read_back(mx):
    mx.npx.set_np()
    x = mx.np.array(data((2, 4), seed=9))
    net = _started(mx, _mixed(mx), x)
    net.hybridize()
    expected = net(x)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "net")
        net.export(path)
        with open(path + "-symbol.json") as stream:
            written = json.load(stream)
        block = mx.gluon.SymbolBlock.imports(path + "-symbol.json", ["data"], path + "-0000.params")
    graph = [(node["op"], node["name"], node["inputs"]) for node in written["nodes"]]
    names = sorted(block.collect_params())
    return expected, block(x), block(x.as_nd_ndarray()), graph, written["heads"], written["attrs"], names


@tolerance(rtol=1e-4, reason="products are summed in another order")
def layers_called_with_mx_np_arrays(mx):
    mx.npx.set_np()
    net = mx.gluon.nn.HybridSequential(prefix="")
    nn = mx.gluon.nn
    net.add(nn.Conv2D(2, 3), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D(2), nn.Flatten(), nn.Dense(2))
    x = data((2, 3, 6, 6), seed=3)
    _started(mx, net, mx.np.array(x))
    eager = grads(mx, net, x)
    net.hybridize()
    return eager, grads(mx, net, x)


def two_inputs_and_random_numbers(mx):
    mx.npx.set_np()

    class Noisy(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, y):
            noise = F.np.random.uniform(size=(2, 3))
            return F.np.dot(x, y) + noise, F.np.arange(3) * x[0, 1]

    net = Noisy()
    x, y = mx.np.array(data((2, 2))), mx.np.array(data((2, 3), seed=1))
    found = []
    for hybrid in (False, True):
        net.hybridize(hybrid)
        mx.random.seed(5)
        found.append(net(x, y))
    return found


# ------------------------------------------------------------------ np_shape


def _asked(expressions, names):
    found = []
    for line in filter(None, (line.strip() for line in expressions.splitlines())):
        try:
            found.append((line, eval(line, names)))
        except Exception as error:  # noqa: BLE001 - the error is the outcome
            found.append((line, _class(error)))
    return found


_SHAPES = """sym.zeros((0, 3)).infer_shape()
    sym.zeros((-1, 3)).infer_shape_partial()
    sym.zeros(()).infer_shape()
    (x + 1).infer_shape(x=())
    (x + 1).infer_shape(x=(0, 3))
    (x + 1).infer_shape(x=(-1, 3))
    (x + 1).infer_shape_partial(x=(-1, 3))
    (x + 1).infer_shape_partial(x=(0, 3))
    (x + 1).infer_shape_partial()
    sym.FullyConnected(x, num_hidden=3, name='f').infer_shape_partial(x=(0, 4))
    sym.sum(x).infer_shape(x=(2, 3))
    (x + sym.zeros((2, 3))).infer_shape()
    sym.broadcast_add(x, sym.zeros((1, 3))).infer_shape(x=(0, 3))
    sym.var('q', shape=(0, 3)).infer_shape_partial()
    sym.var('q', shape=(-1, 3)).infer_shape_partial()
    sym.var('q', shape=()).infer_shape_partial()"""


def shapes_in_graphs(mx):
    names = {"sym": mx.sym, "x": mx.sym.var("x")}
    plain = _asked(_SHAPES, names)
    with mx.np_shape(True):
        return plain, _asked(_SHAPES, names)


def empty_arrays_in_graphs(mx):
    x = mx.sym.var("x")
    with mx.np_shape(True):
        part = mx.nd.zeros((0, 3))
        one = mx.nd.ones((2, 3))[0, 1]
        results = [mx.sym.zeros((0, 3)).eval()[0], (x + 1).eval(x=part)[0], (x + 1).eval(x=one)[0], one]
        return [each.shape for each in results]


# ------------------------------------------------------------------ the switches


def names_at_the_top(mx):
    before = mx.set_np_shape(True)
    found = [before, mx.is_np_shape(), mx.nd.zeros((0, 3)).shape, mx.set_np_shape(False), mx.is_np_shape()]
    with mx.np_shape(True):
        found.append(mx.is_np_shape())
    with mx.np_array(True):
        found.append(mx.is_np_array())
    return [*found, mx.use_np_shape(mx.is_np_shape)(), mx.use_np_array(mx.is_np_array)(), mx.is_np_array()]


def shapes_switched_off_below_arrays(mx):
    mx.npx.set_np()
    mx.set_np_shape(False)


def use_np_reaches_what_a_class_inherits(mx):
    class Base:
        def __init__(self):
            self.made = mx.is_np_array(), mx.is_np_shape()

        def inherited(self):
            return mx.is_np_array(), mx.is_np_shape()

        @classmethod
        def of_the_class(cls):
            return mx.is_np_array()

        @property
        def asked(self):
            return mx.is_np_array()

    class Own(Base):
        def own(self):
            return mx.is_np_array()

    Own = mx.util.use_np(Own)

    class Later(Own):
        def own(self):
            return mx.is_np_array()

    one, base, later = Own(), Base(), Later()
    return (
        one.made, one.inherited(), Own.of_the_class(), one.asked, one.own(), base.made, base.inherited(), later.own(),
        later.inherited(),
    )  # fmt: skip


def use_np_on_a_layer(mx):
    @mx.util.use_np
    class Layer(mx.gluon.nn.Dense):
        pass

    layer = Layer(2)
    layer.initialize(mx.init.One())
    x = mx.np.ones((2, 3))
    found = [layer(x)]
    layer.hybridize()
    return [*found, layer(x), type(layer.weight.data()).__name__]


def names_of_the_modules(mx):
    modules = [mx.nd.np, mx.nd.numpy, mx.nd.npx, mx.nd.numpy_extension]
    graphs = [mx.sym.np, mx.sym.numpy, mx.sym.npx, mx.sym.numpy_extension, mx.sym.np.random, mx.sym.np.linalg]
    x = mx.nd.np.ones((2,))
    return [type(each).__name__ for each in modules], [each.__name__ for each in graphs], type(x).__name__, x + 1
