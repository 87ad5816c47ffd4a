"""Symbols: what a call makes of names, attributes and inputs, and the JSON of whole networks."""

import copy
import json

from fidelity.support import data


def _fresh(function):
    """A case with names that count from zero."""

    def case(mx):
        with mx.name.NameManager():
            return function(mx)

    case.__name__ = function.__name__
    case.__doc__ = function.__doc__
    return case


def _about(symbol):
    return {
        "json": symbol.tojson(),
        "name": str(symbol.name),
        "repr": repr(symbol),
        "arguments": symbol.list_arguments(),
        "outputs": symbol.list_outputs(),
        "states": symbol.list_auxiliary_states(),
        "inputs": symbol.list_inputs(),
        "internals": symbol.get_internals().list_outputs(),
    }


@_fresh
def lenet(mx):
    sym = mx.sym
    x = sym.Variable("data")
    for filters in (20, 50):
        x = sym.Convolution(x, kernel=(5, 5), num_filter=filters)
        x = sym.Activation(x, act_type="tanh")
        x = sym.Pooling(x, pool_type="max", kernel=(2, 2), stride=(2, 2))
    x = sym.FullyConnected(sym.Flatten(x), num_hidden=500, name="fc1")
    x = sym.FullyConnected(sym.Activation(x, "tanh"), num_hidden=10, name="fc2")
    return _about(sym.SoftmaxOutput(x, name="softmax"))


def _residual_unit(sym, x, filters, stride, name):
    a = sym.Convolution(x, num_filter=filters, kernel=(3, 3), stride=stride, pad=(1, 1), no_bias=True, name=name + "_a")
    a = sym.BatchNorm(a, fix_gamma=False, eps=2e-5, momentum=0.9, name=name + "_bn")
    a = sym.Activation(a, act_type="relu", name=name + "_relu")
    a = sym.Convolution(a, num_filter=filters, kernel=(3, 3), pad=(1, 1), no_bias=True)
    return a + sym.Convolution(x, num_filter=filters, kernel=(1, 1), stride=stride, no_bias=True, name=name + "_sc")


@_fresh
def residual(mx):
    sym = mx.sym
    x = sym.BatchNorm(sym.Variable("data", shape=(0, 3, 8, 8)), fix_gamma=True)
    x = _residual_unit(sym, x, 4, (1, 1), "one")
    x = _residual_unit(sym, x, 8, (2, 2), "two")
    x = sym.Pooling(x, global_pool=True, kernel=(7, 7), pool_type="avg")
    net = sym.softmax(sym.FullyConnected(sym.flatten(x), num_hidden=3))
    return _about(net), net.infer_shape(data=(2, 3, 8, 8))


@_fresh
def concat_and_split(mx):
    sym = mx.sym
    parts = sym.split(sym.Variable("x"), num_outputs=3, axis=1, name="parts")
    joined = sym.concat(parts[2], parts[0], *[parts["parts_output1"]] * 9, dim=1)
    group = sym.Group([joined, parts, sym.stack(parts[0], parts[1], axis=0), sym.add_n(parts[0], parts[1])])
    return _about(group), [each.name for each in group], len(group), group[1:3].list_outputs()


@_fresh
def arithmetic(mx):
    x, y = mx.sym.Variable("x"), mx.sym.Variable("y")
    both = [x + y, x - y, x * y, x / y, x % y, x**y, x == y, x != y, x > y, x >= y, x < y, x <= y]
    right = [x + 1, x - 1, x * 2.5, x / 2, x % 2, x**2, x == 1, x != 1, x > 1, x >= 1, x < 1, x <= 1]
    left = [1 + x, 1 - x, 2 * x, 2 / x, 2 % x, 2**x, 1 < x, 1 >= x, -x, abs(x)]
    named = [
        mx.sym.maximum(x, y), mx.sym.maximum(2, x), mx.sym.minimum(x, 2), mx.sym.power(2, x), mx.sym.pow(x, y),
        mx.sym.hypot(x, 1), mx.sym.hypot(x, y),
    ]  # fmt: skip
    return mx.sym.Group(both + right + left + named).tojson()


@_fresh
def methods(mx):
    x, y = mx.sym.Variable("x"), mx.sym.Variable("y")
    made = [
        x.sum(), x.reshape((2, 3)), x.flatten(), x.astype("float16"), x.slice_axis(axis=0, begin=0, end=1),
        x.split(num_outputs=2), x.squeeze(), x.squeeze(axis=1), x.transpose(axes=(1, 0)), x.broadcast_to((2, 3)),
        x.expand_dims(1), x.take(y), x.one_hot(3), x.norm(), x.clip(0, 1), x.topk(k=2), x.split_v2(2),
        x.mean(axis=(1, 2)), x.softmax(), x.swapaxes(0, 1), x.tile((2, 2)), x.pick(y), x.relu(),
    ]  # fmt: skip
    return mx.sym.Group(made).tojson()


@_fresh
def creation_and_random(mx):
    sym = mx.sym
    x, y = sym.Variable("x"), sym.Variable("y")
    made = [
        sym.zeros((2, 3)), sym.ones(4, dtype="int32"), sym.full((2,), 3), sym.arange(5), sym.arange(1, 5, 2),
        sym.linspace(0, 1, 5), sym.eye(3), sym.random.uniform(0, 1, shape=(2,)), sym.random.normal(x, y, shape=(2,)),
        sym.random.randint(0, 3, shape=2), sym.random.multinomial(x), sym.random.exponential(2.0),
        sym.histogram(x, bins=3, range=(0, 1)), sym.uniform(0, 1, shape=(2,)), sym.shuffle(x),
    ]  # fmt: skip
    return sym.Group(made).tojson()


@_fresh
def inputs_made_for_a_call(mx):
    sym = mx.sym
    x, y = sym.Variable("x"), sym.Variable("y")
    made = [
        sym.Convolution(kernel=(1, 1), num_filter=1), sym.Convolution(x, y, kernel=(1, 1), num_filter=1),
        sym.Convolution(data=x, bias=y, kernel=(1, 1), num_filter=1), sym.Deconvolution(x, kernel=(2, 2), num_filter=3),
        sym.Deconvolution(x, kernel=(2, 2), num_filter=3, no_bias=False), sym.LeakyReLU(x, act_type="prelu"),
        sym.LeakyReLU(x), sym.Embedding(x, input_dim=3, output_dim=2), sym.LayerNorm(x, output_mean_var=True),
        sym.BatchNorm(x, output_mean_var=True), sym.InstanceNorm(x), sym.GroupNorm(x, num_groups=2), sym.Dropout(x),
        sym.LinearRegressionOutput(x), sym.SVMOutput(x), sym.MakeLoss(x), sym.make_loss(x), sym.ctc_loss(x, y),
        sym.SequenceMask(x, use_sequence_length=True), sym.SequenceMask(x), sym.L2Normalization(x), sym.LRN(x, nsize=3),
        sym.UpSampling(x, scale=2, sample_type="nearest", num_args=1), sym.topk(x, ret_typ="both"), sym.identity(x),
        sym.ElementWiseSum(x, y), sym.stop_gradient(x), sym.linalg.gemm2(x, y), sym.linalg_gemm2(x, y),
        sym.contrib.div_sqrt_dim(x), sym._internal._plus(x, y), sym.op.relu(x), sym.where(x, y, y),
    ]  # fmt: skip
    return sym.Group(made).tojson()


def variables(mx):
    x = mx.sym.Variable(
        "x", shape=(2, 3), dtype="float16", lr_mult=2, wd_mult=0.5, attr={"a": "b", "__c__": "d"}, stype="row_sparse",
        init=mx.init.Xavier(), __mine__="1",
    )  # fmt: skip
    return x.tojson(), sorted(x.list_attr().items()), x.attr("lr_mult"), x.attr("__lr_mult__"), x.attr("nothing")


@_fresh
def scopes(mx):
    with mx.AttrScope(ctx_group="one", __lr_mult__="3"):
        x = mx.sym.Variable("x")
        net = mx.sym.FullyConnected(x, num_hidden=2, attr={"__wd_mult__": "0", "ctx_group": "two"})
        with mx.AttrScope(__deep__="1"), mx.name.Prefix("inner_"):
            net = mx.sym.relu(net * 2)
    return net.tojson(), {name: sorted(items.items()) for name, items in net.attr_dict().items()}


@_fresh
def composition(mx):
    x, y = mx.sym.Variable("x"), mx.sym.Variable("y")
    inner = mx.sym.FullyConnected(x, num_hidden=2, name="fc")
    return inner(x=y * 2, name="again").tojson(), inner.tojson(), copy.copy(inner).tojson() == inner.tojson()


@_fresh
def one_state_of_two_norms(mx):
    x, mean = mx.sym.Variable("x"), mx.sym.Variable("mean")
    net = mx.sym.BatchNorm(mx.sym.BatchNorm(x, moving_mean=mean, name="one"), moving_mean=mean, name="two")
    return net.tojson(), mx.sym.load_json(net.tojson()).tojson()


def children(mx):
    net = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=2, name="fc")
    return net.get_children().list_outputs(), net[0].name, net["fc_output"].name, net.debug_str()


def no_such_output(mx):
    return mx.sym.Variable("x")["y"]


def number_beyond_the_outputs(mx):
    return mx.sym.Variable("x")[3]


def negative_number(mx):
    return mx.sym.Variable("x")[-1]


def empty_group(mx):
    return mx.sym.Group([])


def copy_method(mx):
    return mx.sym.Variable("x").copy()


def truth(mx):
    return bool(mx.sym.Variable("x") == mx.sym.Variable("y"))


def in_place(mx):
    x = mx.sym.Variable("x")
    x += 1
    return x.tojson()


def added_to_text(mx):
    return mx.sym.Variable("x") + "1"


def hash_of_a_symbol(mx):
    return hash(mx.sym.Variable("x"))


def array_as_input(mx):
    return mx.sym.relu(mx.nd.array(data((2,))))


def unknown_attribute(mx):
    return mx.sym.Activation(mx.sym.Variable("x"), act_type="relu", foo=1)


def attribute_of_an_operator_that_has_none(mx):
    return mx.sym.relu(mx.sym.Variable("x"), foo=1, name="r").tojson()


def missing_attribute(mx):
    return mx.sym.Activation(mx.sym.Variable("x"))


def two_outputs_as_one_input(mx):
    return mx.sym.relu(mx.sym.split(mx.sym.Variable("x"), num_outputs=2))


def variable_without_a_name(mx):
    return mx.sym.Variable(3)


def variable_with_a_foreign_attribute(mx):
    return mx.sym.Variable("x", foo="1")


def attribute_that_is_no_text(mx):
    return mx.sym.Variable("x", attr={"a": 1})


def attribute_scope_of_a_number(mx):
    return mx.AttrScope(a=1)


def asnumpy_of_a_symbol(mx):
    return mx.sym.Variable("x").asnumpy()


#: operators with outputs that nobody sees, inputs that only some attributes ask for, or states: calls without inputs
_COUNTED = {
    "BatchNorm": [{}, {"output_mean_var": True}],
    "BatchNorm_v1": [{}, {"output_mean_var": True}],
    "BilinearSampler": [{}],
    "CTCLoss": [{}, {"use_data_lengths": True}, {"use_label_lengths": True}],
    "Convolution": [{"kernel": (2, 2), "num_filter": 2}, {"kernel": (2,), "num_filter": 2, "no_bias": True}],
    "Convolution_v1": [{"kernel": (2, 2), "num_filter": 2}],
    "Correlation": [{}],
    "Deconvolution": [{"kernel": (2, 2), "num_filter": 2}, {"kernel": (2,), "num_filter": 2, "no_bias": False}],
    "Dropout": [{}],
    "FullyConnected": [{"num_hidden": 2}, {"num_hidden": 2, "no_bias": True}],
    "GridGenerator": [{"transform_type": "affine"}, {"transform_type": "warp"}],
    "GroupNorm": [{}, {"output_mean_var": True}],
    "IdentityAttachKLSparseReg": [{}],
    "InstanceNorm": [{}],
    "L2Normalization": [{}],
    "LRN": [{"nsize": 3}],
    "LayerNorm": [{}, {"output_mean_var": True}],
    "LeakyReLU": [{"act_type": each} for each in ("elu", "gelu", "leaky", "prelu", "rrelu", "selu")],
    "Pooling": [
        {"kernel": (2, 2)}, {"kernel": (2, 2), "pool_type": "avg"}, {"kernel": (2, 2), "global_pool": True},
        {"kernel": (2, 2), "layout": "NHWC"}, {"global_pool": True},
    ],
    "RNN": [
        {"mode": mode, "num_layers": 1, "state_size": 2, "state_outputs": states, "use_sequence_length": lengths}
        for mode, states, lengths in (("lstm", True, False), ("lstm", False, True), ("gru", True, False))
    ],
    "ROIPooling": [{"pooled_size": (2, 2), "spatial_scale": 1.0}],
    "SequenceLast": [{}, {"use_sequence_length": True}],
    "SequenceMask": [{}, {"use_sequence_length": True}],
    "SequenceReverse": [{}, {"use_sequence_length": True}],
    "SpatialTransformer": [{"transform_type": "affine", "sampler_type": "bilinear"}],
    "make_loss": [{}],
    "softmax": [{}, {"use_length": True}],
    "sort": [{}],
    "topk": [{"ret_typ": each} for each in ("value", "indices", "mask", "both")],
}  # fmt: skip
_COUNTED_ELSEWHERE = {
    "_internal": {"_histogram": [{}, {"bin_cnt": 3, "range": (0.0, 1.0)}]},
    "contrib": {
        "BilinearResize2D": [{}, {"mode": "like"}],
        "SyncBatchNorm": [{"key": "a"}, {"key": "a", "output_mean_var": True}],
        "box_nms": [{}],
    },
    "linalg": {"det": [{}], "slogdet": [{}]},
}


def _counted(function, calls):
    """Of each call its inputs and outputs by name, how many a file counts, and what states start from."""
    found = []
    for attributes in calls:
        symbol = function(name="a", **attributes)
        graph = json.loads(symbol.tojson())
        starts = {node["name"]: node.get("attrs", {}).get("__init__", "") for node in graph["nodes"]}
        found.append(
            [symbol.list_inputs(), symbol.list_outputs(), symbol.list_auxiliary_states(), graph["node_row_ptr"], starts]
        )
    return found


def inputs_and_outputs_that_a_graph_counts(mx):
    found = {name: _counted(getattr(mx.sym, name), calls) for name, calls in _COUNTED.items()}
    for space, operators in _COUNTED_ELSEWHERE.items():
        for name, calls in operators.items():
            found[name] = _counted(getattr(getattr(mx.sym, space), name), calls)
    return found


def outputs_that_are_seldom_counted(mx):
    """Nodes of NumPy's operators in a file, whose functions symbols have under other names."""
    number = {"loc": "0", "scale": "1"}
    found = {}
    for name, count, attributes in (
        ("_npi_det", 1, {}), ("_npi_slogdet", 1, {}), ("_npi_std", 1, {}), ("_npi_var", 1, {}), ("_npi_norm", 1, {}),
        ("_npi_hstack", 2, {"num_args": "2"}), ("_npi_matmul", 2, {}), ("_npi_normal", 1, number),
        ("_npi_gumbel", 1, number),
    ):  # fmt: skip
        nodes = [{"op": "null", "name": "x%d" % place, "inputs": []} for place in range(count)]
        nodes.append(
            {"op": name, "name": "a", "attrs": attributes, "inputs": [[place, 0, 0] for place in range(count)]}
        )
        graph = {"nodes": nodes, "arg_nodes": list(range(count)), "heads": [[count, 0, 0]]}
        symbol = mx.sym.load_json(json.dumps(dict(graph, attrs={"mxnet_version": ["int", 10901]})))
        found[name] = [symbol.get_internals().list_outputs(), json.loads(symbol.tojson())["node_row_ptr"]]
    return found


def casts_of_mixed_precision(mx):
    x, y = mx.sym.Variable("x"), mx.sym.Variable("y")
    cast = mx.sym.amp_cast(x, dtype="float16", name="a")
    several = mx.sym.amp_multicast(x, y, num_outputs=2, name="b")
    symbols = cast, mx.sym.relu(cast, name="c"), mx.sym.relu(several[1], name="d"), several
    return [each.tojson(remove_amp_cast=remove) for each in symbols for remove in (True, False)]
