"""``mx.contrib.amp``: lists of operators, graphs with casts, converted models, the factor of losses."""

import importlib
import json
import logging

import numpy as np

from fidelity.tensor_support import outcomes

_BF16 = np.dtype([("bfloat16", np.uint16)])
_LISTS = (
    "list_lp16_ops", "list_fp32_ops", "list_lp16_fp32_ops", "list_widest_type_cast", "list_loss_output_functions",
    "list_conditional_fp32_ops",
)  # fmt: skip


def _amp():
    return importlib.import_module("mxnet.contrib.amp")


def lists_of_operators(mx):
    amp = _amp()
    found = [[sorted(map(str, getattr(amp, name)(dtype))) for name in _LISTS] for dtype in ("float16", _BF16)]
    kept = amp.list_lp16_use_fp32_params(_BF16)
    return [
        found, sorted(kept.items()), amp.list_lp16_use_fp32_params(np.float16), len(amp.lists.symbol_fp16.FP32_FUNCS),
        outcomes(*[lambda name=name: getattr(amp, name)("float32") for name in _LISTS]),
    ]  # fmt: skip


def _shown(sym):
    """The nodes of a graph; MXNet calls casts of some operators after the number of the output."""
    nodes = json.loads(sym.tojson(remove_amp_cast=False))["nodes"]
    return [
        [
            node["op"], node["name"].replace("_0_amp", "_output_amp"), node.get("attrs", {}).get("dtype"),
            node.get("attrs", {}).get("__dtype__"), [each[:2] for each in node["inputs"]],
        ]
        for node in nodes
    ]  # fmt: skip


def _network(mx):
    sym = mx.sym
    conv = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=2, name="conv")
    act = sym.Activation(sym.BatchNorm(conv, name="bn"), act_type="relu", name="act")
    return sym.SoftmaxOutput(sym.FullyConnected(act, num_hidden=3, name="dense"), name="softmax")


def graphs_with_casts(mx):
    amp, net = _amp(), _network(mx)
    settings = [
        {}, {"target_dtype": "bfloat16"}, {"excluded_sym_names": ["dense"]}, {"data_names": ["data"]},
        {"conditional_fp32_ops": [("Activation", "act_type", ["relu"])]}, {"cast_optional_params": True},
        {"data_names": ["data", "softmax_label"], "cast_optional_params": True}, {"excluded_sym_names": ["nothing"]},
    ]  # fmt: skip
    return [[_shown(amp.convert_symbol(net, **each)) for each in settings], _shown(net)]


def where_casts_are_needed(mx):
    amp, sym = _amp(), mx.sym
    x, y = sym.var("x"), sym.var("y")
    h = sym.FullyConnected(x, num_hidden=3, name="h", no_bias=True)
    other = sym.FullyConnected(x, num_hidden=3, name="other")
    graphs = [
        sym.relu(x, name="r"), sym.exp(x, name="e"), sym.relu(sym.exp(x, name="e"), name="r"),
        sym.elemwise_add(x, y, name="a"), sym.elemwise_add(h, sym.relu(y, name="r"), name="a"),
        sym.elemwise_add(h, sym.exp(other, name="e"), name="a"), sym.elemwise_add(h, h, name="a"),
        sym.where(h, x, y, name="w"), sym.concat(h, other, y, name="c"), sym.concat(h, other, name="c"),
        sym.FullyConnected(sym.elemwise_add(h, y, name="a"), num_hidden=2, no_bias=True, name="k"),
        sym.exp(sym.elemwise_add(h, y, name="a"), name="e"), sym.elemwise_add(sym.exp(h, name="e"), y, name="a"),
        sym.Group([h, sym.exp(h, name="e")]), sym.cast(h, dtype="float32", name="c"), sym.softmax(h, name="s"),
        sym.take(y, sym.argmax(h, name="m"), name="t"), sym.elemwise_add(h, sym.relu(h, name="r"), name="a"),
        sym.Activation(h, act_type="softrelu", name="s"), sym.LeakyReLU(h, act_type="leaky", name="l"),
        sym.sum(sym.SliceChannel(h, num_outputs=3, name="s")[1], name="u"), sym.contrib.quadratic(h, name="q"),
    ]  # fmt: skip
    return [_shown(amp.convert_symbol(each)) for each in graphs]


def converted_models(mx):
    amp, net = _amp(), _network(mx)
    shapes = net.infer_shape(data=(1, 1, 8, 8))
    args = {name: mx.nd.ones(shape) for name, shape in zip(net.list_arguments(), shapes[0])}
    aux = {name: mx.nd.ones(shape) for name, shape in zip(net.list_auxiliary_states(), shapes[2])}
    del args["data"], args["softmax_label"]
    found = []
    for keywords in ({}, {"cast_optional_params": True}, {"target_dtype": "bfloat16", "cast_optional_params": True}):
        made, new_args, new_aux = amp.convert_model(net, args, aux, **keywords)
        dtypes = {name: str(each.dtype) for name, each in (*new_args.items(), *new_aux.items())}
        found.append(
            [_shown(made), sorted((name, "float32" in text, "float16" in text) for name, text in dtypes.items())]
        )
    return found


def converted_blocks(mx):
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(mx.gluon.nn.Conv2D(2, 3), mx.gluon.nn.BatchNorm(), mx.gluon.nn.Dense(3))
    net.initialize(mx.init.One())
    refused = outcomes(lambda: _amp().convert_hybrid_block(net, ctx=mx.cpu()))
    net.hybridize()
    net(mx.nd.ones((1, 1, 8, 8)))
    found = []
    for keywords in ({}, {"target_dtype": "bfloat16"}, {"cast_optional_params": True}):
        made = _amp().convert_hybrid_block(net, ctx=mx.cpu(), **keywords)
        dtypes = {name: str(np.dtype(each.dtype)) for name, each in made.collect_params().items()}
        found.append([type(made).__name__, sorted(dtypes.items())])
    return [refused, found, outcomes(lambda: _amp().convert_hybrid_block(mx.sym.var("x"), ctx=mx.cpu()))]


class _Gradients:
    grad_req = "write"

    def __init__(self, *gradients):
        self._grad = list(gradients)

    def list_grad(self):
        return self._grad


def the_factor_of_losses(mx):
    scaler = importlib.import_module("mxnet.contrib.amp.loss_scaler").LossScaler()
    found, logged = [], []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())
    logger = logging.getLogger()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        for number in ([1, 2], [1, np.inf], [1, np.nan], [1, 2], [1, 2], [3, -np.inf]):
            if len(found) == 3:
                scaler._unskipped = 1998
            overflow = bool(scaler.has_overflow([_Gradients(mx.nd.array(number), mx.nd.ones(1))]))
            found.append([overflow, scaler.loss_scale, scaler._next_loss_scale, scaler._unskipped])
        scaler._loss_scale = scaler._next_loss_scale = scaler._max_loss_scale
        scaler._unskipped = 1999
        scaler.has_overflow([_Gradients(mx.nd.ones(1))])
        found.append([scaler.loss_scale, scaler._next_loss_scale])
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return [found, logged]


def bad_calls(mx):
    amp, net = _amp(), _network(mx)
    dense = mx.gluon.nn.Dense(1, in_units=1)
    dense.initialize()
    trainer = mx.gluon.Trainer(dense.collect_params(), "sgd")
    return outcomes(
        lambda: amp.convert_symbol(net, "float32"), lambda: amp.convert_symbol(net, target_dtype_ops="x"),
        lambda: amp.convert_symbol(net, target_dtype_ops=["nothing"]),
        lambda: amp.convert_symbol(net, fp32_ops=["FullyConnected"]),
        lambda: amp.convert_symbol(net, target_dtype_ops=["Activation"]),
        lambda: amp.convert_symbol(net, data_names=["nothing"]), lambda: amp.init("float32"),
        lambda: amp.init_trainer(trainer), lambda: amp.convert_model(net, 3, {}), lambda: amp.convert_symbol(3),
    )  # fmt: skip
