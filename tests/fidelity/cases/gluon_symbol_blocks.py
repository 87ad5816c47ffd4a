"""SymbolBlock: names in files, the order parameters are drawn in, dtypes, outputs, summaries."""

import numpy as np

from fidelity.support import data


def _convolutions(mx, **inputs):
    net = mx.gluon.nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(
            mx.gluon.nn.Conv2D(3, 3, **({"in_channels": 1} if inputs else {})), mx.gluon.nn.BatchNorm(),
            mx.gluon.nn.Activation("relu"), mx.gluon.nn.Dense(2),
        )  # fmt: skip
    net.initialize(mx.init.Uniform(1))
    net.hybridize()
    net(mx.nd.array(data((1, 1, 6, 6))))
    return net


def _imported(mx, with_parameters=True):
    import os
    import tempfile

    path = os.path.join(tempfile.mkdtemp(), "net")
    _convolutions(mx).export(path)
    return mx.gluon.SymbolBlock.imports(
        path + "-symbol.json", "data", path + "-0000.params" if with_parameters else None
    )


def imported_without_a_file_of_parameters_but_a_context(mx):
    import os
    import tempfile

    path = os.path.join(tempfile.mkdtemp(), "net-symbol.json")
    mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc").save(path)
    found = []
    for ctx in (mx.cpu(), [mx.cpu(0), mx.cpu(1)]):
        block = mx.gluon.SymbolBlock.imports(path, ["data"], ctx=ctx)
        block.initialize(mx.init.One())
        found.append([block(mx.nd.ones((1, 2))), block.collect_params()["fc_weight"].list_ctx() == [mx.cpu()]])
    return found


def names_in_files(mx):
    """What all names begin with is left out, letter by letter."""
    import os
    import tempfile

    found = []
    for names in (
        ["ab_w", "ab_x", "abc_y"], ["fc1_weight", "fc2_weight"], ["a", "b"], ["same"], ["conv_weight", "conv_bias"],
        ["net0_a_w", "net0_b_w"], ["w", "w1"],
    ):  # fmt: skip
        out = inputs = mx.sym.var("data")
        for name in names:
            out = mx.sym.broadcast_add(out, mx.sym.var(name, shape=(1,)))
        block = mx.gluon.SymbolBlock(out, inputs)
        block.initialize(mx.init.One())
        block(mx.nd.ones((1,)))
        path = os.path.join(tempfile.mkdtemp(), "p")
        block.save_parameters(path)
        found.append((list(block.collect_params()), sorted(mx.nd.load(path)), block.params.prefix, block.prefix))
    return found


def first_values_of_one_without_shapes(mx):
    """Drawn in the order of the graph, states at their places."""
    x = mx.sym.var("data")
    y = mx.sym.BatchNorm(mx.sym.Convolution(x, num_filter=2, kernel=(3, 3), name="c"), name="b")
    block = mx.gluon.SymbolBlock(mx.sym.FullyConnected(y, num_hidden=2, name="f"), x)
    mx.random.seed(3)
    block.initialize(mx.init.Uniform(1))
    block(mx.nd.ones((1, 1, 4, 4)))
    return [(name, each.data()) for name, each in block.collect_params().items()]


def first_values_inside_another_block(mx):
    block = _imported(mx, with_parameters=False)
    net = mx.gluon.nn.HybridSequential()
    net.add(block, mx.gluon.nn.Dense(1))
    mx.random.seed(3)
    net.initialize(mx.init.Uniform(1))
    net(mx.nd.ones((1, 1, 6, 6)))
    return [each.data() for each in net.collect_params().values()]


def one_output_in_a_list(mx):
    x = mx.sym.var("data")
    y = mx.sym.FullyConnected(x, num_hidden=2, name="f")
    halves = mx.sym.split(y, num_outputs=2)
    found = []
    for outputs in (y, [y], mx.sym.Group([y]), [y, y * 2], mx.sym.Group([y, y * 2]), halves, [halves], [y, halves]):
        block = mx.gluon.SymbolBlock(outputs, [x])
        block.initialize(mx.init.One())
        out = block(mx.nd.ones((1, 3)))
        found.append((type(out).__name__, out))
    return found


def cast(mx):
    """Normalization's four arrays stay float32."""
    block = _imported(mx)
    found = []
    for kind in ("float16", "float64", "float32"):
        block.cast(kind)
        found.append([(name, np.dtype(each.dtype).name) for name, each in block.collect_params().items()])
    return found


def summary(mx):
    import contextlib
    import io

    block, found = _imported(mx), []
    net = mx.gluon.nn.HybridSequential()
    net.add(block, mx.gluon.nn.Dense(1))
    net[1].initialize()
    for each in (block, net):
        with contextlib.redirect_stdout(io.StringIO()) as text:
            each.summary(mx.nd.ones((1, 1, 6, 6)))
        found.append(text.getvalue())
    return found


def exported_again(mx):
    import os
    import tempfile

    block, path = _imported(mx), os.path.join(tempfile.mkdtemp(), "again")
    out = block(mx.nd.array(data((1, 1, 6, 6), seed=4)))
    block.export(path)
    return out.shape, list(mx.sym.load(path + "-symbol.json").list_inputs())


def exported_inside_another(mx):
    import os
    import tempfile

    net, path = mx.gluon.nn.HybridSequential(prefix="w_"), os.path.join(tempfile.mkdtemp(), "net")
    net.add(_imported(mx), mx.gluon.nn.Dense(1, prefix="d_"))
    net[1].initialize(mx.init.One())
    net.hybridize()
    net(mx.nd.array(data((1, 1, 6, 6), seed=4)))
    net.export(path)
    net.save_parameters(path)
    return (
        sorted(mx.nd.load(path + "-0000.params")),
        sorted(mx.nd.load(path)),
        mx.sym.load(path + "-symbol.json").tojson(),
    )


def lone_parameters(mx):
    """A name that is nothing but the longest common prefix: alone, and inside another block, where it is found."""
    import os
    import tempfile

    path = os.path.join(tempfile.mkdtemp(), "p")
    x = mx.sym.var("data")
    y = mx.sym.FullyConnected(x, num_hidden=2, no_bias=True, name="net_l0")
    block = mx.gluon.SymbolBlock(y, x)
    block.initialize(mx.init.One())
    block(mx.nd.ones((2, 3)))
    block.save_parameters(path)
    found = [sorted(block._collect_params_with_prefix()), sorted(mx.nd.load(path))]
    try:
        block.load_parameters(path)
    except AssertionError:
        found.append("refused")
    outer = mx.gluon.nn.HybridSequential(prefix="o_")
    outer.add(block)
    outer.save_parameters(path)
    block.params["net_l0_weight"].set_data(mx.nd.zeros((2, 3)))
    outer.load_parameters(path)
    return found, sorted(mx.nd.load(path)), outer(mx.nd.ones((2, 3)))


def moved_before_a_call(mx):
    """MXNet's own fails once the block was called."""
    data = mx.sym.Variable("data")
    found = []
    for contexts in (mx.cpu(1), [mx.cpu(0), mx.cpu(1)]):
        block = mx.gluon.SymbolBlock(mx.sym.FullyConnected(data, num_hidden=2, name="dense"), data)
        block.initialize(mx.init.One())
        block.reset_ctx(contexts)
        found.append({name: str(each.list_ctx()) for name, each in block.collect_params().items()})
        found.append(block(mx.nd.ones((1, 3), ctx=mx.cpu(1))))
    return found


def moved_without_values(mx):
    data = mx.sym.Variable("data")
    mx.gluon.SymbolBlock(mx.sym.FullyConnected(data, num_hidden=2, name="dense"), data).reset_ctx(mx.cpu(1))
