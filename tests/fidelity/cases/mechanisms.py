"""Single facts about mechanisms that whole families of programs rest on."""

import warnings

import numpy as np


def _raised(call):
    """What a call gives, or the class of its error among Python's and MXNet's own."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the error is the outcome
        return next(c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins" or c.__name__ == "MXNetError")


def one_element_with_numpy_semantics(mx):
    """A single element of an `mx.nd` array has no axes there, and one without."""
    x = mx.nd.array([[1, 2], [3, 4]])
    found = [x[0, 1].shape, x[0][1].shape]
    mx.npx.set_np()
    found += [x[0, 1].shape, x[0][1].shape, x[0, 1].asnumpy(), type(x[0, 1]).__name__]
    mx.npx.reset_np()
    return [*found, x[0, 1].shape]


def arguments_of_integers_in_an_executor(mx):
    """Their gradients are zeros where the operator has none for them."""
    x, i = mx.sym.Variable("x"), mx.sym.Variable("i")
    found = []
    for net in (mx.sym.pick(x, i), mx.sym.where(i, x, x * 2)):
        executor = net.simple_bind(mx.cpu(), x=(2, 2), i=(2,), type_dict={"i": "int32", "x": "float32"})
        executor.arg_dict["x"][:] = mx.nd.array([[1, 2], [3, 4]])
        executor.arg_dict["i"][:] = mx.nd.array([0, 1], dtype="int32")
        executor.grad_dict["i"][:] = 7
        executor.forward(is_train=True)
        executor.backward(mx.nd.ones(executor.outputs[0].shape))
        found.append((executor.grad_dict["x"], executor.grad_dict["i"], executor.grad_dict["i"].dtype.__name__))
    return found


def fewer_samples_than_devices(mx):
    contexts = [mx.cpu(0), mx.cpu(1)]
    one = mx.nd.ones((1, 2))

    def lengths(even):
        return [len(each) for each in mx.gluon.utils.split_and_load(one, contexts, even_split=even)]

    return [_raised(lambda: lengths(True)), _raised(lambda: lengths(False))]


def dictionaries_shared_at_depth(mx):
    """A block finds the parameters of the one it shares with through several levels."""
    nn = mx.gluon.nn

    class Tower(mx.gluon.Block):
        def __init__(self, **options):
            super().__init__(**options)
            with self.name_scope():
                self.body = nn.Sequential(prefix="body_")
                with self.body.name_scope():
                    self.body.add(nn.Dense(2, in_units=2), nn.Dense(2, in_units=2))

        def forward(self, x):
            return self.body(x)

    first = Tower(prefix="tower_")
    second = Tower(prefix="tower_", params=first.collect_params())
    first.initialize(mx.init.One())
    x = mx.nd.ones((1, 2))
    same = [a is b for a, b in zip(first.collect_params().values(), second.collect_params().values())]
    return sorted(second.collect_params().keys()), same, first(x), second(x)


def initializers_under_numpy_semantics(mx):
    mx.npx.set_np()
    found = {}
    for dtype in ("float16", "float32", "float64"):
        for init in (mx.init.Zero(), mx.init.One(), mx.init.Constant(0.5)):  # MXNet draws float32 alone there
            parameter = mx.gluon.Parameter("weight", shape=(3, 4), dtype=dtype, init=init)
            parameter.initialize()
            found[f"{type(init).__name__} {dtype}"] = parameter.data()
    return found


def what_a_hybridized_call_refuses(mx):
    class Adds(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, y=None):
            return x if y is None else x + y

    class Mixes(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return x * 2, 3

    x = mx.nd.ones((2,))
    found = []
    for make, arguments in ((Adds, (x, None)), (Adds, (None, x)), (Adds, (x, 3)), (Adds, (x,)), (Mixes, (x,))):
        net = make()
        net.hybridize()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ours says what was not traced
            found.append(_raised(lambda net=net, arguments=arguments: np.shape(net(*arguments))))
    return found
