"""Networks made over to integers of 8 bits: which nodes, what they are called, the ranges found, what they compute.

``MXNET_SUBGRAPH_BACKEND=NONE`` has MXNet's executors not fuse what is asked for while statistics are taken, without
which it finds no ranges for graphs that were not fused beforehand. Data and weights of networks that are run have few
bits, as MXNet's library adds in 16 bits on processors without the instructions for more.
"""

from __future__ import annotations

import json
import os

import numpy as np

from fidelity.support import data, tolerance


def _graph(symbol):
    """What there is of a graph: operators, names, what they read, and attributes but for the ranges."""
    found = []
    for node in json.loads(symbol.tojson())["nodes"]:
        attributes = {
            key: value
            for key, value in node.get("attrs", {}).items()
            if not key.endswith("_range") and not key.startswith("__")
        }
        inner = [(each["op"], each["name"]) for graph in node.get("subgraphs", []) for each in graph["nodes"]]
        sources = [tuple(each[:2]) for each in node["inputs"]]
        found.append((node["op"], node["name"], sorted(attributes.items()), sources, inner))
    return found


def _ranges(symbol):
    """The ranges that nodes are told."""
    return {
        node["name"]: [float(node["attrs"][f"{end}_calib_range"]) for end in ("min", "max")]
        for node in json.loads(symbol.tojson())["nodes"]
        if "min_calib_range" in node.get("attrs", {})
    }


def _small(mx):
    """Convolutions, batch norm, pooling, a sum and fully connected layers."""
    s = mx.sym
    x = s.Convolution(s.var("data"), kernel=(3, 3), num_filter=4, pad=(1, 1), name="conv1")
    x = s.Activation(s.BatchNorm(x, fix_gamma=False, name="bn1"), act_type="relu", name="relu1")
    pooled = s.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool1")
    x = s.Convolution(pooled, kernel=(3, 3), num_filter=4, no_bias=True, pad=(1, 1), name="conv2")
    x = s.Activation(s.elemwise_add(x, pooled, name="sum"), act_type="relu", name="relu2")
    x = s.Activation(
        s.FullyConnected(s.Flatten(x, name="flat"), num_hidden=8, name="fc1"), act_type="relu", name="relu3"
    )
    return s.SoftmaxOutput(s.FullyConnected(x, num_hidden=5, name="fc2"), name="softmax")


def _given(mx, net, shape=(2, 3, 8, 8)):
    """Parameters and states."""
    shapes, _, states = net.infer_shape(data=shape)
    arguments = {
        name: mx.nd.array(data(each, place, -0.3, 0.3))
        for place, (name, each) in enumerate(zip(net.list_arguments(), shapes))
        if name != "data" and not name.endswith("label")
    }
    return arguments, {
        name: mx.nd.array(data(each, place, 0.5, 1.5))
        for place, (name, each) in enumerate(zip(net.list_auxiliary_states(), states))
    }


X = np.random.RandomState(0).standard_normal((8, 3, 8, 8)).astype("float32")


def _batches(mx, labels=True):
    return mx.io.NDArrayIter(X, np.zeros(8) if labels else None, 2)


def _unfused():
    os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"


def _outputs(mx, symbol, arguments, states, x=X[:2]):
    arrays = {**arguments, "data": mx.nd.array(x)}
    if "softmax_label" in symbol.list_arguments():
        arrays["softmax_label"] = mx.nd.zeros(2)
    return symbol.bind(mx.cpu(), arrays, aux_states=states, grad_req="null").forward()


def _made(mx, net, call="quantize_model", labels=True, **options):
    _unfused()
    arguments, states = _given(mx, net)
    given = {"calib_data": _batches(mx, labels)} if options.get("calib_mode", "none") != "none" else {}
    if not labels:
        given["label_names"] = None
    return getattr(mx.contrib.quantization, call)(net, arguments, states, **{"calib_mode": "none", **given, **options})


def _parameters(arguments):
    return {name: value for name, value in sorted(arguments.items()) if "quantize" in name}


def graphs_of_a_small_network(mx):
    found = []
    for call in ("quantize_model", "quantize_model_mkldnn"):
        for options in (
            {},
            {"quantize_mode": "full"},
            {"quantized_dtype": "uint8"},
            {"quantize_granularity": "channel-wise"},
        ):
            graph, arguments, states = _made(mx, _small(mx), call, **options)
            found.append(
                [_graph(graph), graph.list_arguments(), graph.list_outputs(), sorted(arguments), sorted(states)]
            )
    return found


def parameters_of_a_small_network(mx):
    return _parameters(_made(mx, _small(mx))[1])


@tolerance(1e-6, 1e-6)
def ranges_of_a_small_network(mx):
    found = []
    for call in ("quantize_model", "quantize_model_mkldnn"):
        for options in ({}, {"num_calib_examples": 3}):
            graph, *_ = _made(mx, _small(mx), call, calib_mode="naive", **options)
            found += [_graph(graph), _ranges(graph)]
    return found


@tolerance(0, 3e-3)
def outputs_of_a_small_network(mx):
    """Within a step of the result, which is less than a hundredth before softmax."""
    net = _small(mx)
    made = [
        _made(mx, net, "quantize_model_mkldnn", calib_mode="naive", quantized_dtype=kind) for kind in ("auto", "int8")
    ]
    return [_outputs(mx, *each) for each in made]


def excluded(mx):
    found = []
    for call in ("quantize_model", "quantize_model_mkldnn"):
        for options in ({"excluded_sym_names": ["conv2", "fc1"]}, {"excluded_op_names": ["Pooling", "FullyConnected"]}):
            found.append(_graph(_made(mx, _small(mx), call, quantize_mode="full", **options)[0]))
    return found


def _conv(mx, x, name):
    return mx.sym.Convolution(x, kernel=(1, 1), num_filter=3, no_bias=True, name=name)


def _pool(mx, x, name="p"):
    return mx.sym.Pooling(x, kernel=(2, 2), name=name)


def _dense(mx, x, name="f"):
    return mx.sym.FullyConnected(x, num_hidden=3, no_bias=True, name=name)


def _tanh(mx, x, name="t"):
    return mx.sym.Activation(x, act_type="tanh", name=name)


def what_is_worth_it(mx):
    """In mode 'smart' the operators between those that are."""
    s, d = mx.sym, mx.sym.var("data")
    pooled = _pool(mx, _conv(mx, d, "c"))
    nets = [
        s.Group([_dense(mx, pooled), _tanh(mx, pooled)]),
        _conv(mx, _pool(mx, d), "c"),
        _dense(mx, s.elemwise_add(_conv(mx, d, "c"), _tanh(mx, d), name="s")),
        _dense(mx, s.Flatten(_tanh(mx, d), name="fl")),
        s.Group([_dense(mx, pooled), pooled]),
        _tanh(mx, _pool(mx, pooled, "q")),
        _dense(mx, _pool(mx, pooled, "q")),
        _dense(mx, _pool(mx, _tanh(mx, d))),
        _dense(mx, s.Concat(_conv(mx, d, "c"), _tanh(mx, d), name="j")),
        _dense(mx, s.BatchNorm(_conv(mx, d, "c"), name="b")),
        _dense(mx, s.BatchNorm(d, name="b")),
        s.Concat(_conv(mx, d, "c"), _conv(mx, d, "c2"), name="j"),
        _dense(mx, s.relu(_conv(mx, d, "c"), name="r")),
        s.elemwise_mul(_conv(mx, d, "c"), _conv(mx, d, "c2"), name="m"),
    ]
    return [_graph(_made(mx, net, labels=False, quantize_mode=mode)[0]) for net in nets for mode in ("smart", "full")]


def what_is_fused(mx):
    s, d = mx.sym, mx.sym.var("data")
    norm = lambda x, name: s.BatchNorm(x, name=name)  # noqa: E731
    conv, dense, both = _conv(mx, d, "c"), _dense(mx, d), s.Activation(_conv(mx, d, "c"), act_type="relu", name="r")
    added = s.elemwise_add(norm(_conv(mx, d, "c1"), "b1"), norm(_conv(mx, d, "c2"), "b2"), name="s")
    nets = [
        s.Activation(added, act_type="relu", name="r"),
        s.elemwise_add(added, d, name="s2"),
        s.elemwise_add(d, conv, name="s"),
        s.elemwise_add(d, both, name="s"),
        s.Group([both, s.elemwise_add(conv, d, name="s")]),
        s.Activation(both, act_type="relu", name="r2"),
        norm(both, "b"),
        norm(norm(conv, "b"), "b2"),
        s.clip(conv, a_min=0, a_max=6, name="k"),
        s.clip(conv, a_min=-1, a_max=6, name="k"),
        s.clip(s.elemwise_add(conv, d, name="s"), a_min=0, a_max=6, name="k"),
        s.LeakyReLU(s.elemwise_add(conv, d, name="s"), act_type="leaky", name="k"),
        s.broadcast_add(conv, d, name="s"),
        s.relu(conv, name="k"),
        s.abs(dense, name="k"),
        s.square(dense, name="k"),
        s.clip(dense, a_min=0, a_max=6, name="k"),
        s.elemwise_add(dense, d, name="k"),
        s.Convolution(d, kernel=(3,), num_filter=2, name="c"),
        s.Convolution(d, kernel=(3, 3, 3), num_filter=2, name="c"),
        s.Deconvolution(d, kernel=(3, 3), num_filter=2, name="c"),
    ]
    for kind in ("leaky", "gelu", "elu", "selu"):
        nets += [s.LeakyReLU(each, act_type=kind, name="k") for each in (conv, dense)]
    for kind in ("sigmoid", "tanh", "softrelu"):
        nets += [s.Activation(each, act_type=kind, name="k") for each in (conv, dense)]
    return [_graph(net.get_backend_symbol("MKLDNN_QUANTIZE")) for net in nets]


def results_within_the_nodes(mx):
    """Sums brought to 8 bits by the layer that makes them, or to floats, where its range is known."""
    s, d = mx.sym, mx.sym.var("data")
    pools, f = (_pool(mx, d, "p1"), _pool(mx, d, "p2")), _dense(mx, d)
    nets = [
        s.elemwise_add(*pools, name="s"),
        s.elemwise_mul(*pools, name="m"),
        _dense(mx, s.elemwise_mul(*pools, name="m")),
        _conv(mx, d, "c"),
        s.Group([_tanh(mx, f), _dense(mx, f, "f2")]),
        s.Group([f, _dense(mx, f, "f2")]),
        s.relu(f, name="r"),
    ]
    options = {"calib_mode": "naive", "quantize_mode": "full", "labels": False}
    return [_graph(_made(mx, net, "quantize_model_mkldnn", **options)[0]) for net in nets]


def step_by_step(mx):
    """quantize_graph, a collector, calib_graph."""
    _unfused()
    net, found = _small(mx), []
    arguments, states = _given(mx, net)
    for mode in ("none", "naive", "entropy"):
        made = mx.contrib.quantization.quantize_graph(net, arguments, states, calib_mode=mode)
        collector = made[3]
        found += [_graph(made[0]), type(collector).__name__, collector and collector.include_layer]
    return found


def histograms_put_together(mx):
    combine = mx.contrib.quantization.combine_histogram
    old = (np.array([1, 2, 3, 2, 1]), np.linspace(-1, 1, 6), -0.9, 0.9, 1.0)
    return [
        combine(old, np.array(new), min(new), max(new), max(map(abs, new))) for new in ([0.5, -3.3, 2.0], [0.5, -0.3])
    ]


def _network(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(
            nn.Conv2D(4, 3, padding=1, activation="relu"), nn.MaxPool2D(2), nn.Conv2D(6, 3, use_bias=False),
            nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Dense(5),
        )  # fmt: skip
    net.initialize()
    net(mx.nd.array(X[:2]))
    for place, parameter in enumerate(net.collect_params().values()):
        low = 0.5 if parameter.name.endswith("var") else -0.3
        parameter.set_data(mx.nd.array(data(parameter.shape, place, low, low + 0.6)))
    return net


def _loader(mx):
    return mx.gluon.data.DataLoader(mx.gluon.data.ArrayDataset(mx.nd.array(X), mx.nd.zeros(8)), batch_size=2)


CALLS = [
    {"calib_mode": "naive"},
    {"calib_mode": "naive", "num_calib_examples": 4, "quantized_dtype": "int8"},
    {"calib_mode": "naive", "exclude_layers": ["net_conv0_fwd"]},
    {"calib_mode": "naive", "exclude_layers_match": ["conv"]},
    {"calib_mode": "naive", "exclude_operators": ["Pooling"]},
    {"calib_mode": "naive", "quantize_mode": "smart"},
    {"calib_mode": "naive", "quantize_granularity": "channel-wise"},
    {},
]


@tolerance(1e-6, 1e-6)
def gluon_networks(mx):
    """Names, parameters and ranges."""
    net, found = _network(mx), []
    for options in CALLS:
        made = mx.contrib.quantization.quantize_net_v2(net, calib_data=_loader(mx), **options)
        graph = made(mx.sym.var("data"))
        kinds = {name: np.dtype(each.dtype).name for name, each in made.collect_params().items()}
        found += [type(made).__name__, _graph(graph), _ranges(graph), sorted(kinds.items())]
    return found


# a step of what comes before the last layer is a hundredth of its result
@tolerance(0, 2e-2)
def outputs_of_gluon_networks(mx):
    """Data without a sign, so that MXNet's weights have 8 bits."""
    net = _network(mx)
    x = mx.nd.abs(mx.nd.array(X)) / 2
    loader = mx.gluon.data.DataLoader(mx.gluon.data.ArrayDataset(x, mx.nd.zeros(8)), batch_size=2)
    calls = [{"calib_mode": "naive"}, {"calib_mode": "naive", "quantize_granularity": "channel-wise"}]
    make = mx.contrib.quantization.quantize_net_v2
    return [net(x[:2]), *[make(net, calib_data=loader, **options)(x[:2]) for options in calls]]


def from_an_iterator(mx):
    net = _network(mx)
    made = mx.contrib.quantization.quantize_net(net, calib_data=_batches(mx), calib_mode="naive")
    return sorted(_ranges(made(mx.sym.var("data"))))


def refused(mx):
    _unfused()
    net, found = _small(mx), []
    arguments, states = _given(mx, net)
    q = mx.contrib.quantization
    given = (net, arguments, states)
    for call in (
        lambda: q.quantize_model(*given, calib_mode="other", calib_data=_batches(mx)),
        lambda: q.quantize_model(*given, calib_mode="none", quantized_dtype="int4"),
        lambda: q.quantize_model(*given, calib_mode="naive"),
        lambda: q.quantize_model(*given, calib_mode="naive", calib_data=X),
        lambda: q.quantize_model(*given, calib_mode="none", excluded_sym_names="conv1"),
        lambda: q.quantize_model(*given, calib_mode="none", excluded_op_names="Convolution"),
        lambda: q.quantize_model(*given, calib_mode="none", quantize_mode="other"),
        lambda: q.quantize_model(*given, calib_mode="none", quantize_granularity="other"),
        lambda: q.quantize_model_mkldnn(*given, calib_mode="none", ctx=mx.gpu()),
        lambda: q.quantize_graph(*given, calib_mode="other"),
        lambda: q.quantize_graph(*given, calib_mode="customize"),
        lambda: q.calib_graph(*given, None, calib_mode="other"),
        lambda: q.quantize_net_v2(_network(mx)),
        lambda: q.quantize_net_v2(_network(mx), calib_mode="naive"),
    ):
        try:
            call()
            found.append("taken")
        except (ValueError, mx.base.MXNetError) as error:
            found.append(type(error).__name__)
    return found
