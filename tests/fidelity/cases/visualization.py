"""Tables and drawings of graphs; graphviz is replaced by something that keeps what it is told."""

import contextlib
import io
import sys
import types


def _network(mx):
    x = mx.sym.Convolution(mx.sym.Variable("data"), kernel=(3, 3), num_filter=4, pad=(1, 1), name="conv")
    x = mx.sym.BatchNorm(x, name="bn")
    pooled = mx.sym.Pooling(
        mx.sym.Activation(x, act_type="relu", name="relu"), pool_type="max", kernel=(2, 2), stride=(2, 2), name="pool"
    )
    grouped = mx.sym.Convolution(pooled, kernel=(1, 1), num_filter=4, no_bias=True, num_group=2, name="grouped")
    x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg", name="mean") + grouped
    x = mx.sym.FullyConnected(mx.sym.Flatten(x, name="flat"), num_hidden=10, name="fc")
    x = mx.sym.Concat(mx.sym.LeakyReLU(x, act_type="leaky", name="leaky"), x, name="joined")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=3, no_bias=True, name="fc2"), name="softmax")


def _others(mx):
    """Graphs of other operators, and shapes of their inputs."""
    x = mx.sym.Variable("x")
    words = mx.sym.Embedding(x, input_dim=7, output_dim=3, name="words")
    parts = mx.sym.split(x, num_outputs=2, name="parts")
    return {
        "upwards": (mx.sym.Deconvolution(x, kernel=(2, 2), num_filter=3, name="up"), {"x": (1, 2, 4, 4)}),
        "words": (mx.sym.mean(words, name="mean"), {"x": (2, 4)}),
        "parts": (parts[0] + parts[1], {"x": (2, 4)}),
        "several outputs": (mx.sym.Group([mx.sym.tanh(x, name="a"), mx.sym.sin(x, name="b")]), {"x": (2, 4)}),
        "line": (mx.sym.Convolution(x, kernel=(3,), num_filter=2, name="line"), {"x": (1, 3, 8)}),
        "dropout": (mx.sym.Dropout(mx.sym.softmax(x, name="s"), p=0.3, name="d"), {"x": (2, 4)}),
        "a variable": (x, {"x": (2, 4)}),
        "two inputs": (mx.sym.elemwise_mul(x, mx.sym.Variable("y"), name="m"), {"x": (2, 4), "y": (2, 4)}),
    }


def _printed(call):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        call()
    return text.getvalue()


def summary(mx):
    shape = {"data": (2, 3, 8, 8)}
    network = _network(mx)
    return [
        _printed(lambda: mx.viz.print_summary(network, shape=shape)),
        _printed(lambda: mx.viz.print_summary(network)),
        _printed(lambda: mx.viz.print_summary(network, shape, line_length=90, positions=[0.3, 0.6, 0.75, 1.0])),
        _printed(lambda: mx.viz.print_summary(network, shape, 60, [20, 40, 50, 60])),
    ]


def summaries_of_others(mx):
    def printed(graph, shape):
        return [_printed(lambda: mx.viz.print_summary(graph, shape)), _printed(lambda: mx.viz.print_summary(graph))]

    return {name: printed(*graph_and_shape) for name, graph_and_shape in _others(mx).items()}


def summary_of_a_number(mx):
    mx.viz.print_summary(5)


def summary_of_another_name(mx):
    mx.viz.print_summary(_network(mx), shape={"x": (1, 2)})


@contextlib.contextmanager
def _graphviz():
    """A module graphviz whose drawings keep what they are told."""

    class Digraph:
        def __init__(self, **settings):
            self.told = [("drawing", settings)]

        def node(self, **settings):
            self.told.append(("node", settings))

        def edge(self, **settings):
            self.told.append(("edge", settings))

    before = sys.modules.get("graphviz")
    sys.modules["graphviz"] = types.SimpleNamespace(Digraph=Digraph)
    try:
        yield
    finally:
        del sys.modules["graphviz"]
        if before is not None:
            sys.modules["graphviz"] = before


def drawing(mx):
    network = _network(mx)
    attributes = {"shape": "oval", "fixedsize": "false"}
    with _graphviz():
        return [
            mx.viz.plot_network(network).told,
            mx.viz.plot_network(network, title="net", save_format="png", shape={"data": (2, 3, 8, 8)}).told,
            mx.viz.plot_network(network, node_attrs=attributes, hide_weights=False).told,
        ]


def drawings_of_others(mx):
    with _graphviz():
        return {name: mx.viz.plot_network(graph, shape=shape).told for name, (graph, shape) in _others(mx).items()}


def drawing_of_a_number(mx):
    with _graphviz():
        mx.viz.plot_network(5)


def drawing_with_dtypes(mx):
    graph = mx.sym.FullyConnected(mx.sym.tanh(mx.sym.Variable("x"), name="t"), num_hidden=2, name="fc")
    with _graphviz():
        return [
            mx.viz.plot_network(graph, dtype={"x": "float16"}).told,
            mx.viz.plot_network(graph, shape={"x": (1, 3)}, dtype={"x": "float16"}).told,
        ]


def drawing_with_one_dtype(mx):
    with _graphviz():
        mx.viz.plot_network(mx.sym.tanh(mx.sym.Variable("x")), dtype="float16")
