"""Blocks: children, hooks, indexing, sharing, and what they refuse."""

from __future__ import annotations

import copy
import warnings

from fidelity.support import data


def _mlp(mx, prefix="net_"):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix=prefix)
    with net.name_scope():
        net.add(nn.Dense(3, activation="relu"), nn.Dense(4))
    net.initialize()
    return net


def _warnings(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [w.category.__name__ for w in caught]


# ------------------------------------------------------------------ attributes and children


def _block_with_children(mx):
    class Example(mx.gluon.Block):
        def __init__(self):
            super().__init__()
            self.dense = mx.gluon.nn.Dense(2)
            self.w = self.params.get("w", shape=(2,))
            self.number = 3

    return Example()


def child_replaced_by_a_number(mx):
    _block_with_children(mx).dense = 3


def child_replaced_by_none(mx):
    _block_with_children(mx).dense = None


def child_replaced_by_another_kind(mx):
    _block_with_children(mx).dense = mx.gluon.nn.Conv2D(2, 3)


def child_replaced_by_its_kind(mx):
    block = _block_with_children(mx)
    block.dense = mx.gluon.nn.Dense(7)
    return str(block), list(block._children)


def parameter_replaced_by_a_number(mx):
    _block_with_children(mx).w = 3


def parameter_replaced_by_a_parameter(mx):
    _block_with_children(mx).w = mx.gluon.Parameter("other", shape=(2,))


def number_replaced_by_a_block(mx):
    block = _block_with_children(mx)
    block.number = "text"
    block.number = mx.gluon.nn.Dense(2)
    return list(block._children)


def register_child(mx):
    block = _block_with_children(mx)
    block.register_child(mx.gluon.nn.Dense(2))
    block.register_child(mx.gluon.nn.Dense(2), "named")
    return list(block._children), len(block.collect_params().keys())


def hybrid_child_must_be_hybrid(mx):
    mx.gluon.nn.HybridSequential().add(mx.gluon.nn.Lambda("tanh"))


def hybrid_attribute_must_be_hybrid(mx):
    block = mx.gluon.HybridBlock()
    block.child = mx.gluon.Block()


def unregistered_containers_warn(mx):
    class Example(mx.gluon.Block):
        def __init__(self):
            super().__init__()
            self.in_list = [mx.gluon.nn.Dense(2)]
            self.in_dict = {"a": mx.gluon.nn.Dense(3)}
            self.known = mx.gluon.nn.Dense(1)
            self.known_list = [self.known]

    block = Example()
    return _warnings(block.collect_params), _warnings(block.initialize)


# ------------------------------------------------------------------ containers


def index_and_slice(mx):
    net = _mlp(mx)
    part = net[:1]
    return str(net[0]), str(net[-1]), str(part), part.prefix, len(net), [str(layer) for layer in net], len(net[5:])


def index_and_slice_sequential(mx):
    nn = mx.gluon.nn
    net = nn.Sequential()
    with net.name_scope():
        net.add(nn.Dense(2))
        net.add(nn.Dropout(0.5), nn.Lambda("tanh"))
    return str(net[1:]), type(net[1:]).__name__, str(net[-1]), len(net), str(net[0:1].collect_params())


def index_out_of_range(mx):
    _mlp(mx)[2]


def index_by_name(mx):
    _mlp(mx)["0"]


def empty_containers_give_their_input(mx):
    x = mx.nd.array(data((2, 3)))
    return mx.gluon.nn.Sequential()(x), mx.gluon.nn.HybridSequential()(x)


def sequential_takes_one_argument(mx):
    mx.gluon.nn.Sequential()(mx.nd.ones((1,)), mx.nd.ones((1,)))


def hybrid_sequential_takes_one_argument(mx):
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.HybridLambda(lambda F, x, y: x + y))
    net(mx.nd.ones((1,)), mx.nd.ones((1,)))


def sequential_of_hybrid_blocks_warns(mx):
    net = mx.gluon.nn.Sequential()
    net.add(mx.gluon.nn.Dense(2))
    return _warnings(net.hybridize)


def concurrent_branches(mx):
    contrib, nn = mx.gluon.contrib.nn, mx.gluon.nn
    x = mx.nd.array(data((2, 3)))
    outputs = []
    for kind in (contrib.HybridConcurrent, contrib.Concurrent):
        branches = kind(axis=1)
        branches.add(contrib.Identity(), nn.HybridLambda("relu"), nn.HybridLambda("square"))
        outputs += [branches(x), branches.axis, len(branches)]
    return outputs


# ------------------------------------------------------------------ running


def block_without_forward(mx):
    mx.gluon.Block()(mx.nd.ones((2,)))


def hybrid_block_without_forward(mx):
    mx.gluon.HybridBlock()(mx.nd.ones((2,)))


def hybrid_block_on_a_number(mx):
    mx.gluon.nn.Dense(3)(3)


def hybrid_block_on_numpy(mx):
    net = _mlp(mx)
    net(data((2, 3)))


def block_with_keywords(mx):
    _mlp(mx)(x=mx.nd.ones((2, 3)))


def uninitialized(mx):
    mx.gluon.nn.Dense(3)(mx.nd.ones((2, 3)))


def uninitialized_with_known_shape(mx):
    mx.gluon.nn.Dense(3, in_units=3)(mx.nd.ones((2, 3)))


def wrong_input_shape(mx):
    net = _mlp(mx)
    net(mx.nd.ones((2, 3))).asnumpy()
    net(mx.nd.ones((2, 4))).asnumpy()


def wrong_context(mx):
    net = _mlp(mx)
    net(mx.nd.ones((2, 3))).asnumpy()
    net(mx.nd.ones((2, 3), ctx=mx.cpu(1)))


def new_arrays_are_on_the_context_of_the_input(mx):
    class Zeros(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, y=None):
            return F.zeros((2,))

    block = Zeros()
    return block(mx.nd.ones((1,), ctx=mx.cpu(1))).context, block(None, mx.nd.ones((1,), ctx=mx.cpu(1))).context


def no_array_among_the_inputs(mx):
    class Same(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return x

    Same()(None)


def inputs_that_are_no_arrays(mx):
    class Sum(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, others, scale=1):
            for other in others:
                x = x + other
            return x * scale

    block, x = Sum(), mx.nd.array(data((2,)))
    return block(x, [x, x * 2]), block(x, [x], 3), block(x, [])


def hybridized_inputs_are_arrays(mx):
    class Scale(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, scale):
            return x * scale

    block = Scale()
    block.hybridize()
    block(mx.nd.ones((2,)), 3)


def hybridized_inputs_are_on_one_context(mx):
    class Sum(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, y):
            return x + y

    block = Sum()
    block.hybridize()
    block(mx.nd.ones((2,)), mx.nd.ones((2,), ctx=mx.cpu(1)))


def parameters_arrive_by_attribute(mx):
    class Affine(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.scale = self.params.get("s", shape=(3,), init=mx.init.Constant(2))
                self.shift = self.params.get_constant("c", mx.nd.array([1, 2, 3]))

        def hybrid_forward(self, F, x, scale, shift):
            return F.broadcast_add(F.broadcast_mul(x, scale), shift)

    net = Affine()
    net.initialize()
    eager = net(mx.nd.array(data((2, 3))))
    net.hybridize()
    return eager, net(mx.nd.array(data((2, 3)))), str(net.collect_params())


def parameters_that_hybrid_forward_does_not_take(mx):
    class Example(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.w = self.params.get("w", shape=(3,))

        def hybrid_forward(self, F, x):
            return x

    net = Example()
    net.initialize()
    net(mx.nd.ones((2,)))


def forward_instead_of_hybrid_forward(mx):
    class Example(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = mx.gluon.nn.Dense(2, weight_initializer="ones")
            self.w = self.params.get("w", shape=(2, 2), init="ones")

        def forward(self, x):
            return self.dense(x) + self.w.data()

    net = Example()
    net.initialize()
    eager = net(mx.nd.ones((2, 2)))
    net.hybridize()
    return eager, net(mx.nd.ones((2, 2)))


def outputs_may_be_nested(mx):
    class Example(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return x, [x * 2, (x * 3,)]

    return Example()(mx.nd.array(data((2,))))


# ------------------------------------------------------------------ hooks, apply, cast


def hooks(mx):
    net, log = _mlp(mx), []
    after = net.register_forward_hook(lambda b, i, o: log.append(("after", b.name, len(i), o.shape)))
    before = net[0].register_forward_pre_hook(lambda b, i: log.append(("before", b.name, i[0].shape)))
    x = mx.nd.ones((2, 3))
    net[0].act  # a child, which has no hook
    net(x)
    after.detach()
    after.detach()
    net(x)
    with net.register_forward_hook(lambda b, i, o: log.append("inside")):
        net(x)
    before.detach()
    net(x)
    return log


def hook_results_are_ignored(mx):
    net = mx.gluon.nn.HybridLambda("square")
    net.register_forward_hook(lambda b, i, o: o * 0)
    net.register_forward_pre_hook(lambda b, i: (i[0] * 0,))
    return net(mx.nd.array(data((3,))))


def hybridizing_with_hooks_warns(mx):
    net = _mlp(mx)
    net[0].register_forward_hook(lambda b, i, o: None)
    return _warnings(net.hybridize)


def apply_goes_deepest_first(mx):
    net, order = _mlp(mx), []
    same = net.apply(lambda block: order.append(block.name))
    return order, same is net


def cast(mx):
    nn = mx.gluon.nn
    found = []
    for layer in (nn.Dense(2), nn.BatchNorm(), nn.BatchNormReLU(), nn.LayerNorm(), nn.Conv2D(2, 2), nn.PReLU()):
        for dtype in ("float16", "float64", "int8"):
            layer.cast(dtype)
            found.append([str(p.dtype) for p in layer.params.values()])
    return found


def cast_runs_in_the_dtype(mx):
    net = _mlp(mx)
    net.cast("float64")
    out = net(mx.nd.array(data((2, 3)), dtype="float64"))
    return out.dtype, str(net.collect_params())


def cast_to_nonsense(mx):
    net = mx.gluon.nn.Dense(2, in_units=2)
    net.initialize()
    net.cast("nonsense")


# ------------------------------------------------------------------ hybridize


def hybridize_options(mx):
    outputs = []
    for options in (
        {}, {"static_alloc": True}, {"static_alloc": True, "static_shape": True}, {"active": False},
        {"inline_limit": 4, "forward_bulk_size": 3, "backward_bulk_size": 2}, {"clear": False}, {"backend": "MKLDNN"},
    ):  # fmt: skip
        net = _mlp(mx)
        net.hybridize(**options)
        outputs.append(net(mx.nd.ones((2, 3))).shape)
    return outputs


def _hybridized_with(mx, **options):
    net = _mlp(mx)
    net.hybridize(**options)
    return net(mx.nd.ones((2, 3))).asnumpy()


def static_shape_needs_static_alloc(mx):
    _hybridized_with(mx, static_shape=True)


def inline_limit_is_a_number(mx):
    _hybridized_with(mx, inline_limit="a")


def static_alloc_is_a_bool(mx):
    _hybridized_with(mx, static_alloc="yes")


def optimize_for_needs_a_backend(mx):
    _mlp(mx).optimize_for(mx.nd.ones((2, 3)))


def optimize_for_initializes(mx):
    net = _mlp(mx)
    returned = net.optimize_for(mx.nd.ones((2, 3)), backend="MKLDNN")
    return returned, str(net.collect_params())


def export_before_hybridize(mx):
    _mlp(mx).export("nowhere")


def infer_shape(mx):
    net, other, fresh = _mlp(mx), _mlp(mx), mx.gluon.nn.Dense(2)
    net.infer_shape(mx.nd.ones((2, 7)))
    other[0].infer_shape(mx.nd.ones((2, 7)))
    fresh.infer_shape(mx.nd.ones((2, 7)))
    return str(net.collect_params()), str(other.collect_params()), str(fresh.collect_params())


def infer_shape_does_not_initialize(mx):
    net = _mlp(mx)
    net.infer_shape(mx.nd.ones((2, 7)))
    net[0].weight.data()


# ------------------------------------------------------------------ copies


def deep_copy(mx):
    net = mx.gluon.nn.Dense(2, in_units=2)
    net.initialize()
    other = copy.deepcopy(net)
    other.weight.set_data(mx.nd.zeros((2, 2)))
    return net.weight.data(), other.weight.data(), other.prefix, other.weight.name


def shallow_copy(mx):
    net = mx.gluon.nn.Dense(2, in_units=2)
    return copy.copy(net).weight is net.weight


def shared_parameters_learn_together(mx):
    nn = mx.gluon.nn
    one = nn.Dense(3, in_units=3, use_bias=False)
    other = nn.Dense(3, in_units=3, use_bias=False, params=one.params)
    one.initialize(mx.init.Constant(0.5))
    with mx.autograd.record():
        out = other(one(mx.nd.array(data((2, 3))))).sum()
    out.backward()
    return out, one.weight.grad(), one.weight.data() is other.weight.data()


def shared_parameters_must_agree(mx):
    nn = mx.gluon.nn
    nn.Dense(4, in_units=3, params=nn.Dense(3, in_units=3).params)


# ------------------------------------------------------------------ NumPy semantics


def outputs_under_numpy_semantics(mx):
    mx.npx.set_np()
    nn = mx.gluon.nn
    outputs = []
    for layer, shape in [
        (nn.Dense(2), (2, 3)), (nn.BatchNorm(), (2, 3)), (nn.LayerNorm(), (2, 3)), (nn.MaxPool2D(), (1, 1, 4, 4)),
        (nn.Flatten(), (2, 3, 4)), (nn.PReLU(), (2, 3)), (nn.GELU(), (2,)), (nn.Swish(), (2,)),
        (nn.Activation("tanh"), (2,)),
        (nn.Conv2DTranspose(2, 3), (1, 1, 3, 3)), (nn.Conv2D(2, 3, activation="relu"), (1, 1, 3, 3)),
    ]:  # fmt: skip
        layer.initialize(mx.init.One())
        outputs.append(layer(mx.np.array(data(shape))))
    return outputs


def other_arrays_under_numpy_semantics(mx):
    mx.npx.set_np()

    class Example(mx.gluon.Block):
        def forward(self, x):
            return mx.nd.ones((2,))

    Example()(mx.np.ones((2,)))


def training_under_numpy_semantics(mx):
    mx.npx.set_np()
    net = mx.gluon.nn.Dense(2)
    net.initialize(mx.init.One())
    x = mx.np.array(data((3, 4)))
    trainer = None
    for _ in range(2):
        with mx.autograd.record():
            loss = mx.gluon.loss.L2Loss()(net(x), mx.np.zeros((3, 2)))
        loss.backward()
        trainer = trainer or mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
        trainer.step(3)
    return loss, net.weight.data(), net.bias.grad()
