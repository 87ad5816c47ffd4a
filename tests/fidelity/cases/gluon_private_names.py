"""Names of MXNet's that are no part of its interface, and that programs use all the same."""


def _raised(call):
    try:
        return call()
    except ValueError:
        return "ValueError"


def flattened_and_regrouped(mx):
    block, x, y, sym = mx.gluon.block, mx.nd.ones(1), mx.nd.zeros(2), mx.sym
    a, b = sym.var("a"), sym.var("b")
    found = []
    for given in (x, [x, y], [x, [y, x]], (x,), [None, x], [[x]], a, [a, sym.Group([a, b])], (x, [None, [y]])):
        flat, form = block._flatten(given, "input")
        again = block._regroup(flat, form)
        found.append((len(flat), form, block._flatten(again, "output")[1]))
    return found, block._flatten([], "input"), block._flatten(None, "input"), [
        _raised(lambda: block._flatten(3, "input")), _raised(lambda: block._regroup([x], [-1])),
    ]  # fmt: skip


def graph_of_a_hybridized_block(mx):
    class Net(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, y):
            return x + y[0], [y[1]]

    x, net, dense = mx.nd.ones(1), Net(prefix="net_"), mx.gluon.nn.Dense(2, prefix="dense_")
    dense.initialize()
    found = []
    for each, given in ((net, (x, [x, x])), (dense, (mx.nd.ones((1, 3)),))):
        each.hybridize()
        found.append((each._in_format, each._cached_graph, each._active))
        each(*given)
        inputs, out = each._cached_graph
        found.append((each._in_format, each._out_format, [str(item.name) for item in inputs], out.list_arguments()))
        each.hybridize(False)
        found.append((each._cached_graph, each._active))
    return found


def places_of_copies(mx):
    parameter = mx.gluon.Parameter("w", shape=(2,))
    parameter.initialize(ctx=[mx.cpu(0), mx.cpu(2)])
    return parameter._ctx_map, list(map(str, parameter._ctx_list))


def sums_of_the_model_store(mx):
    from mxnet.gluon.model_zoo import model_store

    return dict(sorted(model_store._model_sha1.items())), model_store.short_hash("resnet18_v1")


def convolution_of_resnets(mx):
    from mxnet.gluon.model_zoo.vision.resnet import _conv3x3

    return repr(_conv3x3(4, 2, 3))


def poolings_beside_convolutions(mx):
    from mxnet.gluon.nn.conv_layers import AvgPool2D, GlobalMaxPool1D, MaxPool2D

    layers = mx.gluon.nn
    return [AvgPool2D is layers.AvgPool2D, MaxPool2D is layers.MaxPool2D, GlobalMaxPool1D.__name__]


def modules_in_modules(mx):
    return mx.metric.ndarray is mx.nd


def default_context(mx):
    before = mx.Context.default_ctx
    mx.Context.default_ctx = mx.Context("cpu", 2)
    found = [str(before), str(mx.nd.ones(1).context), str(mx.current_context())]
    with mx.cpu(3):
        found.append(str(mx.Context.default_ctx))
    mx.Context.default_ctx = before
    return found, str(mx.current_context())


def scopes_of_threads(mx):
    import threading

    found = []

    def look():
        found.append(dict(mx.AttrScope.current._attr))
        with mx.AttrScope(other="2"):
            found.append(dict(mx.AttrScope.current._attr))
        found.append(str(mx.current_context()))

    with mx.AttrScope(one="1"), mx.cpu(3):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        found.append(dict(mx.AttrScope.current._attr))
    return found


def a_parameter_with_the_parts_of_another(mx):
    """As libraries put something between a layer and its weight: a subclass takes over what is inside."""

    class Halved(mx.gluon.Parameter):
        def __init__(self, other):
            self._deferred_init = other._deferred_init
            super().__init__(
                name=other.name, grad_req=other.grad_req, shape=other._shape, dtype=other.dtype, init=other.init,
                allow_deferred_init=other._allow_deferred_init, differentiable=other._differentiable,
            )  # fmt: skip
            for part in ("_var", "_data", "_grad", "_ctx_list", "_ctx_map", "_trainer"):
                setattr(self, part, getattr(other, part))

        def data(self, ctx=None):
            return self._check_and_get(self._data, ctx) / 2

    layer = mx.gluon.nn.Dense(2, in_units=3, prefix="d_")
    layer.initialize(mx.init.One())
    layer._reg_params["weight"] = layer.params._params["d_weight"] = Halved(layer.weight)
    with mx.autograd.record():
        out = layer(mx.nd.ones((1, 3)))
    out.backward()
    kept = layer.params["d_weight"]
    return out, kept.grad(), kept._ctx_map, kept.list_ctx() == [mx.cpu()]
