"""First values: with the same seed the same weights, whatever order shapes become known in."""

from __future__ import annotations

from fidelity.support import data


def _values(net):
    return {name: parameter.data() for name, parameter in net.collect_params().items()}


def _convnet(mx, **known):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(nn.Conv2D(4, 3, activation="relu"), nn.BatchNorm(), nn.MaxPool2D(), nn.Flatten())
        net.add(nn.Dense(5, activation="tanh"), nn.Dropout(0.5), nn.Dense(3))
    return net


def _initialized(mx, net, init, *shape, seed=7, hybridize=False):
    mx.random.seed(seed)
    net.initialize(init)
    if hybridize:
        net.hybridize()
    net(mx.nd.array(data(shape)))
    return _values(net)


def _orders():
    inits = {
        "default": lambda mx: mx.init.Uniform(), "xavier": lambda mx: mx.init.Xavier(),
        "normal": lambda mx: mx.init.Normal(0.5), "msra": lambda mx: mx.init.MSRAPrelu(),
    }  # fmt: skip
    for kind, init in inits.items():
        for mode in ("eager", "hybridized"):

            def case(mx, init=init, mode=mode):
                return _initialized(mx, _convnet(mx), init(mx), 2, 3, 10, 10, hybridize=mode == "hybridized")

            case.__name__ = f"convnet_{kind}_{mode}"
            globals()[case.__name__] = case


_orders()


def known_shapes_come_first(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(nn.Dense(3), nn.Dense(3, in_units=3), nn.Dense(4), nn.Dense(2, in_units=4))
    return _initialized(mx, net, mx.init.Uniform(), 1, 3)


def _branches(mx, prefix="b_"):
    nn = mx.gluon.nn

    class Branches(mx.gluon.HybridBlock):
        """Parameters of its own, used in another order than they were made in, and children run against their order."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.w = self.params.get("w", shape=(2, 0), allow_deferred_init=True)
                self.first = nn.Dense(4)
                self.second = nn.Dense(4)
                self.v = self.params.get("v", shape=(2, 0), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w, v):
            first = self.first(x)
            second = self.second(x)
            own = F.FullyConnected(x, v, no_bias=True, num_hidden=2) + F.FullyConnected(
                x, w, no_bias=True, num_hidden=2
            )
            return F.concat(second, first, own)

    return Branches(prefix=prefix)


def branches_eager(mx):
    return _initialized(mx, _branches(mx), mx.init.Xavier(), 1, 3)


def branches_hybridized(mx):
    return _initialized(mx, _branches(mx), mx.init.Xavier(), 1, 3, hybridize=True)


def branches_hybridized_in_a_sequential(mx):
    net = mx.gluon.nn.Sequential()
    net.add(_branches(mx), mx.gluon.nn.Lambda("relu"), _branches(mx, "c_"))
    mx.random.seed(3)
    net.initialize(mx.init.Xavier())
    net.hybridize()
    net(mx.nd.ones((1, 3)))
    return [p.data() for block in (net[0], net[2]) for p in block.collect_params().values()]


def _residual(mx):
    nn = mx.gluon.nn

    class Residual(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.body = nn.HybridSequential()
                with self.body.name_scope():
                    self.body.add(nn.Conv2D(4, 3, padding=1), nn.BatchNorm(), nn.Conv2D(4, 3, padding=1))
                self.shortcut = nn.Conv2D(4, 1)

        def hybrid_forward(self, F, x):
            body = self.body(x)
            return F.Activation(self.shortcut(x) + body, act_type="relu")

    return Residual(prefix="r_")


def residual_eager(mx):
    return _initialized(mx, _residual(mx), mx.init.Xavier(), 1, 3, 5, 5)


def residual_hybridized(mx):
    return _initialized(mx, _residual(mx), mx.init.Xavier(), 1, 3, 5, 5, hybridize=True)


def embedding_and_recurrence_by_hand(mx):
    nn = mx.gluon.nn

    class Cell(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.embed = nn.Embedding(10, 4)
                self.state = nn.Dense(3, flatten=False)
                self.out = nn.Dense(2)

        def hybrid_forward(self, F, x):
            return self.out(F.tanh(self.state(self.embed(x))))

    net = Cell(prefix="c_")
    mx.random.seed(5)
    net.initialize(mx.init.Normal(1))
    net.hybridize()
    net(mx.nd.array([[1, 2, 3]]))
    return _values(net)


def own_initializers(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(nn.Dense(3, weight_initializer="xavier", bias_initializer=mx.init.One()))
        net.add(nn.Dense(2, weight_initializer=mx.init.Normal(2)), nn.PReLU())
        net.add(nn.LayerNorm(beta_initializer="ones", gamma_initializer=mx.init.Constant(2)))
    return _initialized(mx, net, mx.init.Constant(9), 1, 4)


def random_biases(mx):
    found = []
    for hybridize in (False, True):
        nn = mx.gluon.nn
        net = nn.HybridSequential(prefix="n_")
        with net.name_scope():
            net.add(nn.Conv2D(2, 3, bias_initializer="uniform"), nn.Dense(3, bias_initializer="normal"))
            net.add(nn.Dense(2, flatten=False, bias_initializer=mx.init.Uniform(2)))
        found.append(_initialized(mx, net, mx.init.Xavier(), 2, 3, 5, 5, hybridize=hybridize))
    return found


def several_contexts_have_the_same_values(mx):
    net = _convnet(mx)
    mx.random.seed(1)
    net.initialize(mx.init.Xavier(), ctx=[mx.cpu(0), mx.cpu(1)])
    net(mx.nd.array(data((1, 3, 10, 10)), ctx=mx.cpu(1)))
    return [p.list_data() for p in net.collect_params().values()]


def initialized_again(mx):
    net = _convnet(mx)
    first = _initialized(mx, net, mx.init.Xavier(), 1, 3, 10, 10)
    first = {name: array.asnumpy() for name, array in first.items()}
    net.initialize(mx.init.Normal(1), force_reinit=True)
    return first, _values(net)


def random_numbers_in_forward(mx):
    class Noisy(mx.gluon.HybridBlock):
        """Draws while running; finding shapes must not draw."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.dense = mx.gluon.nn.Dense(3)
                self.w = self.params.get("w", shape=(3, 0), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w):
            noise = F.random.uniform(shape=(1, 3))
            return self.dense(x) + F.FullyConnected(x, w, no_bias=True, num_hidden=3) + noise

    net = Noisy(prefix="n_")
    mx.random.seed(11)
    net.initialize()
    out = net(mx.nd.ones((1, 3)))
    return out, _values(net)


def under_numpy_semantics(mx):
    mx.npx.set_np()
    found = []
    for hybridize in (False, True):
        net = _convnet(mx)
        mx.random.seed(2)
        net.initialize(mx.init.Xavier())
        if hybridize:
            net.hybridize()
        net(mx.np.array(data((2, 3, 10, 10))))
        found.append(_values(net))
    return found


def _unknown():
    cases = {
        "convolution_of_a_matrix": (lambda nn: nn.Conv2D(2, 3), (2, 3)),
        "convolution_of_too_few_axes": (lambda nn: nn.Conv2D(2, 3), (2, 3, 4)),
        "convolution_with_too_large_a_kernel": (lambda nn: nn.Conv2D(2, 5), (2, 3, 4, 4)),
        "batch_norm_of_too_few_axes": (lambda nn: nn.BatchNorm(axis=5), (2, 3)),
        "layer_norm_of_too_few_axes": (lambda nn: nn.LayerNorm(axis=3), (2, 3)),
        "dense_of_too_few_units": (lambda nn: nn.Dense(2, in_units=4), (2, 3)),
        "convolution_of_too_few_channels": (lambda nn: nn.Conv2D(2, 3, in_channels=2), (2, 3, 4, 4)),
    }
    for name, (make, shape) in cases.items():

        def case(mx, make=make, shape=shape):
            layer = make(mx.gluon.nn)
            layer.initialize()
            return layer(mx.nd.array(data(shape))).asnumpy()

        case.__name__ = name
        globals()[name] = case


_unknown()


def dtypes_that_do_not_fit(mx):
    layer = mx.gluon.nn.Dense(2)
    layer.initialize()
    layer(mx.nd.array(data((2, 3)), dtype="float64")).asnumpy()


def shape_that_nothing_tells(mx):
    class Example(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.w = self.params.get("w", shape=(0, 2), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w):
            return F.broadcast_add(F.sum(x), w)

    net = Example()
    net.initialize()
    net(mx.nd.ones((2, 3)))
