"""Executors: their outputs from bind on, what backward needs and writes, monitors, contexts, shared memory."""

import numpy as np

from fidelity.inference import calls, firsts
from fidelity.support import data, head_gradient


def _raised(call):
    try:
        return call()
    except Exception as error:  # the class is what is compared
        for kind in (TypeError, KeyError, ValueError, RuntimeError):
            if isinstance(error, kind):
                return kind.__name__
        raise


def outputs_from_bind_on(mx):
    x = mx.sym.Variable("x")
    net = mx.sym.Group([x * 2, mx.sym.argmax(x, axis=1), mx.sym.cast(x, dtype="float16")])
    executor = net.simple_bind(mx.cpu(), x=(2, 3))
    outputs, by_name = executor.outputs, executor.output_dict
    before = [(out.shape, np.dtype(out.dtype).name, str(out.context)) for out in outputs]
    seen = []
    for number, train in ((1, False), (2, True), (3, False)):
        executor.arg_dict["x"][:] = number
        returned = executor.forward(is_train=train)
        seen.append([[array.asnumpy() for array in arrays] for arrays in (outputs, returned, by_name.values())])
    bound = (x + 1).bind(mx.cpu(), {"x": mx.nd.ones((4,))})
    return before, list(by_name), seen, [out.shape for out in bound.outputs]


def outputs_are_written_into_views(mx):
    executor = (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), x=(4, 3))
    executor.arg_dict["x"][:] = 1
    executor.forward()
    row, flat = executor.outputs[0][1], executor.outputs[0].reshape((-1,))
    executor.arg_dict["x"][:] = 5
    executor.forward()
    return row, flat


def output_that_is_a_variable(mx):
    x = mx.sym.Variable("x")
    net = mx.sym.Group([x, mx.sym.identity(x), mx.sym.reshape(x, shape=(-1,))])
    executor = net.simple_bind(mx.cpu(), x=(2,))
    executor.arg_dict["x"][:] = 3
    outputs = executor.forward()
    executor.arg_dict["x"][:] = 4
    return [out.asnumpy() for out in outputs]


def output_dict_of_one_name_twice(mx):
    double = mx.sym.Variable("x") * 2
    return mx.sym.Group([double, double]).simple_bind(mx.cpu(), x=(2,)).output_dict


def arrays_that_contradict(mx):
    x, y = mx.sym.Variable("x"), mx.sym.Variable("y")
    ones = mx.nd.ones
    return [
        _raised(lambda: (x + y).bind(mx.cpu(), [ones(2), ones(3)])),
        _raised(lambda: (x + y).bind(mx.cpu(), [ones(2), ones(2, dtype="int32")])),
    ]


def gradients_of_what_has_none(mx):
    sym = mx.sym
    x, y = sym.Variable("x"), sym.Variable("y")
    found = []
    for net in (
        x == y, sym.argmax(x, axis=1), sym.round(x), sym.zeros_like(x), sym.BlockGrad(x), sym.argmax(x, axis=1) * 1.0,
        sym.cast(x == y, dtype="float32"), sym.one_hot(x, 3), sym.shape_array(x), sym.topk(x), sym.MakeLoss(x * 2),
        sym.identity(sym.MakeLoss(x)), sym.clip(sym.round(x), 0, 1), x * 2, sym.floor(x) + x, x, sym.sum(x),
        sym.sign(x), sym.where(x, x, y), sym.BatchNorm(x, name="b"), sym.smooth_l1(x, scalar=1.0),
        sym.Group([sym.MakeLoss(x), x]), sym.Group([x, sym.MakeLoss(x)]), sym.broadcast_lesser(x, y) * 3,
    ):  # fmt: skip
        executor = net.simple_bind(mx.cpu(), **{name: (2, 2) for name in "xy" if name in net.list_arguments()})
        for array in executor.arg_arrays + executor.grad_arrays:
            array[:] = 1.5
        executor.forward(is_train=True)
        found.append((_raised(executor.backward), executor.grad_arrays))
    return found


def losses_behind_other_operators(mx):
    sym, x, y = mx.sym, mx.sym.Variable("x"), mx.sym.Variable("y")
    found = []
    for net, shape in (
        (sym.reshape(sym.SoftmaxOutput(x, y), shape=(-1,)), (2,)), (sym.LinearRegressionOutput(x, y) * 2, (2, 2)),
    ):  # fmt: skip
        executor = net.simple_bind(mx.cpu(), x=(2, 2), y=shape, grad_req={"x": "write", "y": "null"})
        executor.arg_dict["x"][:] = mx.nd.array(data((2, 2)))
        executor.forward(is_train=True)
        executor.backward()
        found.append(executor.grad_dict)
    return found


#: MXNet refuses to bind these for gradients, cannot compute them of ones, or has none for some of their outputs
_NOT_ASKED = frozenset(
    "_contrib_ROIAlign LeakyReLU sort _contrib_allclose _cvimresize _histogram _linalg_inverse _linalg_potrf "
    "_npi_bincount _npi_concatenate _npi_copysign_scalar _npi_rcopysign_scalar _npi_multinomial _npi_pad _npi_solve "
    "_npi_hsplit _npi_dsplit "
    "_npi_split _npi_triu _scatter_set_nd _shuffle _slice_assign _slice_assign_scalar _square_sum all_finite "
    "argmax_channel batch_take khatri_rao multi_all_finite multi_sum_sq _npi_inv _npi_cholesky _npi_eigh "
    "_npi_pinv_scalar_rcond _npi_eigvalsh _npi_std _npi_var _npi_unique _npx_nonzero _npx_constraint_check "
    "_npx_reshape SoftmaxActivation LayerNorm GroupNorm _sparse_retain _contrib_edge_id _contrib_getnnz".split()
)


def heads_of_all_operators(mx):
    """For every output of every operator, whether backward asks for its gradient."""
    import json

    found = {}
    for (operator, inputs, attributes), first in zip(calls(), firsts()):
        names = [f"x{place}" for place, given in enumerate(inputs) if given is not None]
        given = dict(zip(names, (each for each in inputs if each is not None)))
        asked = (first or "topk" in operator) and "update" not in operator and operator not in _NOT_ASKED
        if not asked or not any("float" in each[1] for each in given.values()):
            continue
        if not all(shape for shape, _ in given.values()):  # nothing has () for a shape without NumPy's semantics
            continue
        nodes = [{"op": "null", "name": name, "inputs": []} for name in names]
        sources = [[place, 0, 0] for place in range(len(names))]
        nodes.append({"op": operator, "name": "call", "attrs": attributes, "inputs": sources})

        def headed(output, nodes=nodes, names=names):
            graph = {"nodes": nodes, "arg_nodes": list(range(len(names))), "heads": [[len(names), output, 0]]}
            return mx.sym.load_json(json.dumps({**graph, "attrs": {"mxnet_version": ["int", 10901]}}))

        shown = [name for name in headed(0).get_internals().list_outputs() if name.startswith("call_")]
        answers = []
        for output in range(len(shown)):
            net = headed(output)
            arrays = {name: mx.nd.ones(tuple(shape), dtype=kind) for name, (shape, kind) in given.items()}
            floats = [name for name in net.list_arguments() if "float" in given[name][1]]
            executor = net.bind(
                mx.cpu(),
                {name: arrays[name] for name in net.list_arguments()},
                {name: mx.nd.zeros(arrays[name].shape, dtype=arrays[name].dtype) for name in floats},
                {name: "write" if name in floats else "null" for name in net.list_arguments()},
                {name: arrays[name] for name in net.list_auxiliary_states()},
            )
            executor.forward(is_train=True)
            mx.nd.waitall()
            answers.append(_raised(executor.backward) is not None)
            mx.nd.waitall()
        found.setdefault(operator, []).append(answers)
    return found


def head_gradients_in_all_forms(mx):
    x = mx.sym.Variable("x")
    net = mx.sym.Group([x * 2, x * 3])
    executor = net.simple_bind(mx.cpu(), x=(2,))
    one, (first, second) = mx.nd.ones((2,)), net.list_outputs()
    found = []
    for given in (
        [one, one], (one, one), one, [one], [one, None], {first: one, second: one}, {first: one}, [one, one, one],
        [np.ones(2), np.ones(2)], None,
    ):  # fmt: skip
        executor.forward(is_train=True)
        found.append((_raised(lambda given=given: executor.backward(given)), executor.grad_dict["x"].asnumpy()))
    return found


def gradient_arrays_of_null(mx):
    x, y = mx.sym.Variable("x"), mx.sym.Variable("y")
    into = {"x": mx.nd.ones((2,)) * 5, "y": mx.nd.ones((2,)) * 6}
    args = {"x": mx.nd.ones((2,)), "y": mx.nd.ones((2,))}
    executor = (x * y).bind(mx.cpu(), args, args_grad=into, grad_req={"x": "null", "y": "write"})
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((2,)))
    return (
        executor.grad_dict, executor.grad_arrays,
        (x * y).bind(mx.cpu(), args, args_grad=into, grad_req="null").grad_dict,
        (x * y).simple_bind(mx.cpu(), x=(2,), y=(2,), grad_req="null").grad_dict,
        (x * y).bind(mx.cpu(), args, args_grad=[mx.nd.ones((2,)), None]).grad_arrays,
        (x * y).bind(mx.cpu(), args, args_grad={"x": mx.nd.ones((2,))}).grad_dict,
    )  # fmt: skip


def gradients_after_a_prediction(mx):
    """They belong to the random numbers that the prediction drew, and draw none themselves."""
    x = mx.sym.Variable("x")
    executor = (mx.sym.random.uniform(shape=(3,)) * x).simple_bind(mx.cpu(), x=(3,))
    executor.arg_dict["x"][:] = 1
    found = []
    for _ in range(2):
        found.append(executor.forward(is_train=False)[0].asnumpy())
        for _ in range(2):
            executor.backward(mx.nd.ones((3,)))
            found.append(executor.grad_dict["x"].asnumpy())
    return found, mx.nd.random.uniform(shape=(2,))


def backward_before_any_forward(mx):
    executor = (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), x=(2,))
    executor.backward(mx.nd.ones((2,)))
    return executor.grad_arrays


def names_of_outputs(mx):
    import json

    sym, x = mx.sym, mx.sym.Variable("x")

    def unnamed(op, attrs, count=1):
        nodes = [
            {"op": "null", "name": "x", "inputs": []}, {"op": op, "name": "", "attrs": attrs, "inputs": [[0, 0, 0]]},
        ]  # fmt: skip
        heads = [[1, output, 0] for output in range(count)]
        net = sym.load_json(json.dumps({"nodes": nodes, "arg_nodes": [0], "heads": heads}))
        return net.list_outputs(), net.get_internals().list_outputs()

    one = sym.SliceChannel(x, num_outputs=1, name="s")
    return [
        one.list_outputs(), one.get_internals().list_outputs(), sym.Group([one, x])["s_output0"].name,
        sym.split(x, num_outputs=2, name="s").list_outputs(), sym.split(x, num_outputs=1, name="").list_outputs(),
        unnamed("relu", {}), unnamed("SliceChannel", {"num_outputs": "1"}), unnamed("topk", {"ret_typ": "both"}, 2),
        unnamed("SliceChannel", {"num_outputs": "2"}, 2), sym.FullyConnected(x, num_hidden=2, name="").list_outputs(),
    ]  # fmt: skip


def monitored(mx):
    """The names that a monitor's callback sees of a forward."""
    sym, x, y = mx.sym, mx.sym.Variable("x"), mx.sym.Variable("y")
    net = sym.FullyConnected(sym.BatchNorm(x, name="b"), num_hidden=2, name="f")
    both = sym.concat(x, sym.elemwise_add(x, x, name="e"), y, name="c")
    halves = sym.split(sym.LayerNorm(x, name="l"), num_outputs=2, name="p")
    found = []
    for each, shapes in (
        (sym.SoftmaxOutput(net, name="s"), {"x": (2, 4)}), (both, {"x": (1, 2), "y": (1, 2)}),
        (sym.Group([halves[0], halves[1], sym.topk(x, name="t")]), {"x": (2, 4)}),
    ):  # fmt: skip
        executor = each.simple_bind(mx.cpu(), **shapes)
        for every in (False, True):
            seen = []
            executor.set_monitor_callback(
                lambda name, _, seen=seen: seen.append((type(name).__name__, name.decode())), every
            )
            for train in (True, False):
                executor.forward(is_train=train)
            if each is both or not every:
                found.append(seen)
            else:  # operators without names for their inputs are left out
                found.append([name for name in seen if not name[1].startswith(("p_", "t_"))])
    return found


def groups_of_contexts(mx):
    with mx.AttrScope(ctx_group="first"):
        x, w, b = (mx.sym.Variable(name) for name in "xwb")
        hidden = mx.sym.FullyConnected(x, w, b, num_hidden=2, name="f")
    with mx.AttrScope(ctx_group="second"):
        net = hidden * 2
    groups = {"first": mx.cpu(1), "second": mx.cpu(2)}
    executor = net.simple_bind(mx.cpu(0), x=(2, 3), group2ctx=groups)
    for array in executor.arg_arrays:
        array[:] = 1
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((2, 2), ctx=mx.cpu(2)))
    places = [str(array.context) for array in executor.arg_arrays + executor.grad_arrays + executor.outputs]
    bound = net.bind(mx.cpu(0), [array.copyto(mx.cpu(1)) for array in executor.arg_arrays], group2ctx=groups)
    return places, executor.grad_dict, executor.outputs, bound.forward(), str(bound.outputs[0].context)


def memory_that_is_shared(mx):
    net, buffer = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=2, name="f"), {}
    first = net.simple_bind(mx.cpu(), x=(4, 3), shared_buffer=buffer)
    params = ["f_weight", "f_bias"]
    second = net.simple_bind(mx.cpu(), x=(2, 3), shared_exec=first, shared_buffer=buffer, shared_arg_names=params)
    for number, array in enumerate(first.arg_arrays + first.grad_arrays):
        array[:] = number + 1
    kept = sorted((key, array.shape) for key, array in buffer.items())
    net.simple_bind(mx.cpu(), x=(8, 3), shared_exec=first, shared_buffer=buffer, shared_arg_names=params)
    apart = net.simple_bind(mx.cpu(), x=(2, 3), shared_exec=first, shared_arg_names=params)
    apart.arg_dict["f_weight"][:] = 9
    return (
        second.arg_dict, second.grad_dict, kept, sorted((key, array.shape) for key, array in buffer.items()),
        first.arg_dict,
        _raised(lambda: net.simple_bind(
            mx.cpu(), x=(2, 5), shared_exec=first, shared_buffer=buffer, shared_arg_names=params
        )),
    )  # fmt: skip


def states_that_are_shared(mx):
    net = mx.sym.BatchNorm(mx.sym.Variable("x"), name="b")
    first = net.simple_bind(mx.cpu(), x=(4, 3))
    second = net.simple_bind(mx.cpu(), x=(2, 3), shared_exec=first, shared_buffer={}, shared_arg_names=["b_gamma"])
    apart = net.simple_bind(mx.cpu(), x=(2, 3), shared_exec=first)
    first.aux_dict["b_moving_mean"][:] = 7
    return second.aux_dict, apart.aux_dict


def reshaped(mx):
    net = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=2, name="f")
    executor = net.simple_bind(mx.cpu(), x=(4, 3))
    executor.arg_dict["x"][:] = mx.nd.array(data((4, 3)))
    executor.arg_dict["f_weight"][:] = 1
    smaller = executor.reshape(x=(2, 3))
    shapes = [array.shape for array in smaller.outputs + smaller.grad_arrays]
    result = smaller.forward(is_train=True)[0].asnumpy()
    smaller.backward(mx.nd.array(head_gradient((2, 2))))
    smaller.arg_dict["f_weight"][:] = 2
    return (
        shapes, result, smaller.arg_dict, smaller.grad_dict, executor.arg_dict["f_weight"],
        _raised(lambda: executor.reshape(x=(2, 4))), _raised(lambda: executor.reshape(x=(8, 3))),
        executor.reshape(x=(8, 3), allow_up_sizing=True).arg_dict["x"].shape, _raised(lambda: executor.reshape(y=(2,))),
        executor.reshape(x=(4, 2), partial_shaping=True, allow_up_sizing=True).arg_dict["f_weight"],
    )  # fmt: skip


def values_given_to_forward(mx):
    executor = (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), x=(2, 2))
    return [
        _raised(lambda value=value: executor.forward(x=value)[0].asnumpy())
        for value in (np.ones((2, 2)), [[1, 2], [3, 4]], 3.0, mx.nd.ones((2, 2), dtype="int32"))
    ]


def text_of_an_executor(mx):
    executor = (mx.sym.Variable("x") * 2).simple_bind(mx.cpu(), x=(2, 2))
    return executor.debug_str().split("\n")[-3]


def attributes_of_nodes(mx):
    sym, x = mx.sym, mx.sym.Variable("x")
    twice = sym.Group([sym.relu(x, attr={"mood": "calm"}, name="n"), sym.FullyConnected(x, num_hidden=2, name="n")])
    node, variable = sym.relu(x, name="r"), sym.Variable("v")
    node._set_attr(name="q")
    variable._set_attr(name="w")
    return [
        twice.attr_dict(), sorted(sym.relu(x, attr={"lr": 2.0, "__lr_mult__": 3}, name="r").attr_dict()["r"].items()),
        _raised(lambda: sym.Variable("a", attr={"__lr_mult__": 2.0})), _raised(lambda: node._set_attr(mood=1)),
        node.name, node.list_outputs(), node.attr_dict(), variable.name, variable.list_arguments(),
        variable.list_attr(),
    ]  # fmt: skip
