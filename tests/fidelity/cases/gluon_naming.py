"""What blocks and their parameters are called and how they print."""

from __future__ import annotations


def _names(block):
    return {child.name: list(child.params.keys()) for child in block._children.values()}


def names_outside_a_scope(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Dense(3), nn.Dense(4), nn.Conv2D(2, 3), nn.Conv2D(2, 3))
    return net.name, net.prefix, _names(net), str(net.collect_params()), str(net.params)


def names_in_a_scope(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    with net.name_scope():
        net.add(nn.Dense(3), nn.Dense(4, prefix="own_"), nn.Conv2D(2, 3), nn.Conv2D(2, 3, prefix=""))
    with net.name_scope():
        net.add(nn.Dense(5), nn.Conv2D(1, 1))
    return _names(net), str(net.collect_params())


def names_of_all_kinds(mx):
    nn, loss, contrib = mx.gluon.nn, mx.gluon.loss, mx.gluon.contrib.nn
    blocks = [
        nn.Conv1D(1, 1), nn.Conv2D(1, 1), nn.Conv3D(1, 1), nn.Conv1DTranspose(1, 1), nn.Conv2DTranspose(1, 1),
        nn.Conv3DTranspose(1, 1), nn.MaxPool1D(), nn.AvgPool2D(), nn.GlobalAvgPool2D(), nn.Dropout(0.1),
        nn.Activation("relu"), nn.Activation("sigmoid"), nn.LeakyReLU(0.1), nn.PReLU(), nn.ELU(), nn.SELU(), nn.GELU(),
        nn.Swish(), nn.Flatten(), nn.Embedding(2, 3), nn.BatchNorm(), nn.BatchNormReLU(), nn.LayerNorm(),
        nn.InstanceNorm(), nn.GroupNorm(), nn.Lambda("tanh"), nn.HybridLambda("tanh"), nn.ReflectionPad2D(1),
        nn.Sequential(), nn.HybridSequential(), loss.L2Loss(), loss.SoftmaxCELoss(), loss.SigmoidBCELoss(),
        contrib.SyncBatchNorm(), contrib.Identity(), contrib.HybridConcurrent(), contrib.Concurrent(),
        contrib.PixelShuffle2D(2), mx.gluon.Block(), mx.gluon.HybridBlock(),
    ]  # fmt: skip
    return [(type(block).__name__, block.name, block.prefix) for block in blocks]


def names_of_activations_in_layers(mx):
    nn = mx.gluon.nn
    layers = [nn.Dense(3, activation="relu"), nn.Conv2D(3, 3, activation="tanh", prefix="own_")]
    return [(layer.act.name, list(layer._children)) for layer in layers]


def names_with_an_empty_prefix(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="")
    with net.name_scope():
        net.add(nn.Dense(2), nn.Dense(3))
    return net.name, net.prefix, _names(net), str(net.params), str(net.collect_params())


def names_with_a_prefix_without_underscore(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="net")
    with net.name_scope():
        net.add(nn.Dense(2))
    return net.name, net.prefix, str(net.collect_params())


def names_in_nested_scopes(mx):
    nn = mx.gluon.nn
    outer = nn.HybridSequential(prefix="outer_")
    with outer.name_scope():
        inner = nn.HybridSequential()
        with inner.name_scope():
            inner.add(nn.Dense(2), nn.Dense(2))
        outer.add(inner, nn.Dense(1))
    after = nn.Dense(1)
    return str(outer.collect_params()), after.prefix


def names_with_name_managers(mx):
    nn = mx.gluon.nn
    found = []
    with mx.name.Prefix("p_"):
        found += [nn.Dense(1).prefix, nn.Dense(1, prefix="own_").prefix]
    with mx.name.NameManager():
        found.append(nn.Dense(1).prefix)
    found.append(nn.Dense(1).prefix)
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        found.append(mx.name.NameManager.current.get(None, "conv"))
        with mx.name.Prefix("p_"):
            found.append(nn.Dense(1).prefix)
    return found


def name_manager(mx):
    names = mx.name.NameManager()
    prefixed = mx.name.Prefix("p_")
    given = [names.get(None, "conv"), names.get(None, "conv"), names.get("x", "conv"), names.get("", "hi")]
    with prefixed as inside:
        same = mx.name.NameManager.current is prefixed
    return given, prefixed.get(None, "conv"), prefixed.get("own", "conv"), same, inside is prefixed


def _make_example(mx):
    nn = mx.gluon.nn

    class Example(mx.gluon.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.dense = nn.Dense(3)
                self.conv = nn.Conv2D(2, 3, activation="relu")
            self.w = self.params.get("w", shape=(2, 2))
            self.other = nn.Dense(5)
            self.number = 3

        def forward(self, x):
            return self.dense(x)

    return Example


def repr_of_a_block(mx):
    block = _make_example(mx)()
    return str(block), block.name, list(block._children), str(block.params), str(block.collect_params())


def repr_of_a_block_with_a_prefix(mx):
    example = _make_example(mx)
    return [str(example(prefix=prefix).collect_params()) for prefix in ("own_", "", "own")]


def select_parameters(mx):
    block = _make_example(mx)(prefix="b_")
    return [list(block.collect_params(s).keys()) for s in (".*weight", "weight", ".*weight|.*bias", "b_w", "nothing")]


def repr_of_layers(mx):
    nn = mx.gluon.nn
    return [
        str(layer)
        for layer in [
            nn.Dense(3), nn.Dense(3, activation="relu"), nn.Dense(3, in_units=4, use_bias=False), nn.Dropout(0.5),
            nn.Dropout(0, axes=(1,)), nn.BatchNorm(),
            nn.BatchNorm(axis=3, momentum=0.8, epsilon=1e-3, center=False, scale=False, use_global_stats=True),
            nn.BatchNormReLU(in_channels=3), nn.InstanceNorm(), nn.InstanceNorm(in_channels=3), nn.LayerNorm(),
            nn.LayerNorm(in_channels=4), nn.GroupNorm(), nn.GroupNorm(num_groups=3), nn.Embedding(3, 4),
            nn.Embedding(3, 4, dtype="float16"), nn.Flatten(), nn.Lambda("tanh"), nn.Lambda(lambda x: x),
            nn.HybridLambda("relu"), nn.HybridLambda(lambda F, x: x), nn.ReflectionPad2D(2), nn.Activation("relu"),
            nn.LeakyReLU(0.1), nn.PReLU(), nn.ELU(0.2), nn.SELU(), nn.GELU(), nn.Swish(), nn.Sequential(),
            nn.HybridSequential(), mx.gluon.Block(), mx.gluon.HybridBlock(),
        ]
    ]  # fmt: skip


def repr_of_convolutions(mx):
    nn = mx.gluon.nn
    return [
        str(layer)
        for layer in [
            nn.Conv1D(3, 3),
            nn.Conv1D(3, 3, strides=2, padding=1, groups=3, in_channels=6, use_bias=False, activation="relu"),
            nn.Conv1D(3, 3, dilation=2),
            nn.Conv2D(3, 3), nn.Conv2D(3, (3, 2), padding=(1, 0), dilation=2, groups=3), nn.Conv3D(3, 3),
            nn.Conv2D(2, 3, layout="NHWC"), nn.Conv3D(2, 3, layout="NDHWC"),
            nn.Conv1DTranspose(3, 3, output_padding=1, strides=2),
            nn.Conv2DTranspose(3, 3, output_padding=1, strides=2, in_channels=5, padding=1, activation="relu"),
            nn.Conv3DTranspose(3, 3),
        ]
    ]  # fmt: skip


def repr_of_pooling(mx):
    nn = mx.gluon.nn
    return [
        str(layer)
        for layer in [
            nn.MaxPool1D(), nn.MaxPool2D(), nn.MaxPool2D(3, 2, 1, ceil_mode=True), nn.MaxPool3D(), nn.AvgPool1D(),
            nn.AvgPool2D(count_include_pad=False), nn.AvgPool3D(), nn.GlobalMaxPool1D(), nn.GlobalMaxPool2D(),
            nn.GlobalMaxPool3D(), nn.GlobalAvgPool1D(), nn.GlobalAvgPool2D(), nn.GlobalAvgPool3D(),
            nn.MaxPool2D(layout="NHWC"),
        ]
    ]  # fmt: skip


def repr_of_contributed_layers(mx):
    contrib = mx.gluon.contrib.nn
    branches = contrib.HybridConcurrent(axis=1)
    branches.add(mx.gluon.nn.Dense(2), contrib.Identity())
    layers = [
        branches, contrib.Concurrent(), contrib.SyncBatchNorm(), contrib.SyncBatchNorm(in_channels=4, num_devices=2),
        contrib.PixelShuffle1D(2), contrib.PixelShuffle2D((2, 3)), contrib.PixelShuffle3D(2),
        contrib.SparseEmbedding(2, 3),
    ]  # fmt: skip
    return [str(layer) for layer in layers]


def repr_of_losses(mx):
    loss = mx.gluon.loss
    return [
        str(layer) for layer in [loss.L2Loss(), loss.L1Loss(weight=2, batch_axis=1), loss.SoftmaxCELoss(weight=0.3)]
    ]


def repr_of_parameters(mx):
    parameter = mx.gluon.Parameter
    return [
        str(p)
        for p in [
            parameter("a", shape=(2, 3)), parameter("a"), parameter("a", shape=3), parameter("a", shape=(0, 3)),
            parameter("a", shape=(2,), dtype="float16"), mx.gluon.Constant("c", [[1, 2]]),
        ]
    ]  # fmt: skip


def repr_under_numpy_shapes(mx):
    mx.npx.set_np()
    nn = mx.gluon.nn
    layers = [nn.Dense(2), nn.Conv2D(2, 3), nn.BatchNorm()]
    return [(str(layer), str(layer.collect_params())) for layer in layers]


def repr_after_the_first_batch(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(3, 2, activation="relu"), nn.BatchNorm(), nn.InstanceNorm(), nn.Flatten(), nn.Dense(2), nn.LayerNorm()
    )
    net.initialize()
    net(mx.nd.ones((1, 2, 6, 6)))
    return str(net), str(net.collect_params())


def names_of_shared_layers(mx):
    nn = mx.gluon.nn

    class Twice(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.a = nn.Dense(3, in_units=3)
                self.b = nn.Dense(3, in_units=3, params=self.a.params)
                self.alias = self.a

    net = Twice(prefix="t_")
    return (
        str(net.collect_params()), str(net.b.params), net.b.prefix, net.b.weight is net.a.weight,
        {name: p.name for name, p in net._collect_params_with_prefix().items()},
    )  # fmt: skip


def names_of_layers_shared_at_the_top(mx):
    nn = mx.gluon.nn
    one = nn.Dense(3, in_units=3)
    others = [
        nn.Dense(3, in_units=3, params=one.params), nn.Dense(3, in_units=3, params=one.collect_params()),
        nn.Dense(3, in_units=3, prefix="own_", params=one.params),
    ]  # fmt: skip
    return [(o.prefix, o.weight.name, str(o.params), o.weight is one.weight) for o in others]


def names_of_networks_shared_through_params(mx):
    nn = mx.gluon.nn
    source = nn.HybridSequential(prefix="s_")
    with source.name_scope():
        source.add(nn.Dense(3, in_units=3), nn.Dense(4))
    target = nn.HybridSequential(prefix="t_", params=source.collect_params())
    with target.name_scope():
        target.add(nn.Dense(3, in_units=3))
    return target[0].weight is source[0].weight, str(target.collect_params()), str(target.params), target[0].prefix
