"""Every layer of gluon.nn: outputs, gradients of input and parameters, states, both modes."""

from __future__ import annotations

from fidelity.support import data, head_gradient, tolerance


def _set(mx, layer):
    """Give every parameter values that do not depend on random streams; running variances are positive."""
    for number, (name, parameter) in enumerate(sorted(layer._collect_params_with_prefix().items())):
        if name.endswith("gamma") and parameter.grad_req == "null":
            continue  # stays 1
        low = 0.5 if name.endswith(("var", "gamma")) else -1
        parameter.set_data(mx.nd.array(data(parameter.shape, number + 1, low, 1.5)))


def _run(mx, make, array, train=True, hybridize=False, **kwargs):
    """Output, gradient of the input, gradients and states of the parameters, and what prediction gives afterwards."""
    layer = make(mx.gluon.nn)
    layer.initialize()
    x = mx.nd.array(array, dtype=array.dtype)
    layer(x)
    _set(mx, layer)
    if hybridize:
        layer.hybridize()
    if array.dtype.kind == "f":
        x.attach_grad()
    with mx.autograd.record(train_mode=train):
        out = layer(x)
    out.backward(mx.nd.array(head_gradient(out.shape)), train_mode=train)
    parameters = layer._collect_params_with_prefix()
    return {
        "layer": str(layer),
        "out": out,
        "x": x.grad,
        "grads": {name: p.grad() for name, p in parameters.items() if p.grad_req != "null"},
        "states": {name: p.data() for name, p in parameters.items() if p.grad_req == "null"},
        "afterwards": layer(x),
    }


_LAYERS = {
    "dense": (lambda nn: nn.Dense(3), (2, 4)),
    "dense_flattens": (lambda nn: nn.Dense(3), (2, 2, 3)),
    "dense_keeps_axes": (lambda nn: nn.Dense(3, flatten=False), (2, 2, 3)),
    "dense_without_bias": (lambda nn: nn.Dense(3, use_bias=False), (2, 4)),
    "dense_relu": (lambda nn: nn.Dense(3, activation="relu"), (2, 4)),
    "dense_sigmoid": (lambda nn: nn.Dense(3, activation="sigmoid", in_units=4), (2, 4)),
    "dense_of_one": (lambda nn: nn.Dense(1), (3, 1)),
    "conv1d": (lambda nn: nn.Conv1D(3, 3), (2, 2, 7)),
    "conv1d_all": (lambda nn: nn.Conv1D(4, 3, 2, 1, 2, 2, use_bias=False, activation="tanh"), (2, 2, 9)),
    "conv2d": (lambda nn: nn.Conv2D(3, 3), (2, 2, 5, 6)),
    "conv2d_strided": (lambda nn: nn.Conv2D(3, (3, 2), strides=(2, 1), padding=(1, 0)), (1, 2, 6, 5)),
    "conv2d_dilated": (lambda nn: nn.Conv2D(2, 3, dilation=2, padding=2), (1, 2, 6, 6)),
    "conv2d_grouped": (lambda nn: nn.Conv2D(4, 3, groups=2), (1, 4, 5, 5)),
    "conv2d_depthwise": (lambda nn: nn.Conv2D(4, 3, groups=4, in_channels=4, use_bias=False), (2, 4, 5, 5)),
    "conv2d_of_one": (lambda nn: nn.Conv2D(5, 1, activation="relu"), (2, 3, 4, 4)),
    "conv3d": (lambda nn: nn.Conv3D(2, 2, strides=(1, 2, 1), padding=1), (1, 2, 4, 4, 4)),
    "conv1d_transpose": (lambda nn: nn.Conv1DTranspose(3, 3, strides=2, output_padding=1), (2, 2, 5)),
    "conv2d_transpose": (lambda nn: nn.Conv2DTranspose(3, 3), (1, 2, 4, 4)),
    "conv2d_transpose_strided": (lambda nn: nn.Conv2DTranspose(3, 4, 2, 1, activation="relu"), (2, 2, 3, 3)),
    "conv2d_transpose_grouped": (lambda nn: nn.Conv2DTranspose(4, 3, groups=2, in_channels=4), (1, 4, 4, 4)),
    "conv3d_transpose": (lambda nn: nn.Conv3DTranspose(2, 2, strides=2), (1, 2, 2, 2, 2)),
    "max_pool1d": (lambda nn: nn.MaxPool1D(3, 2), (2, 2, 8)),
    "max_pool2d": (lambda nn: nn.MaxPool2D(), (2, 2, 5, 6)),
    "max_pool2d_padded": (lambda nn: nn.MaxPool2D(3, 2, 1), (1, 2, 6, 6)),
    "max_pool2d_ceiled": (lambda nn: nn.MaxPool2D(2, 2, ceil_mode=True), (1, 2, 5, 5)),
    "max_pool3d": (lambda nn: nn.MaxPool3D(), (1, 2, 4, 4, 4)),
    "avg_pool1d": (lambda nn: nn.AvgPool1D(2, 1), (2, 2, 6)),
    "avg_pool2d": (lambda nn: nn.AvgPool2D((2, 3), (1, 2)), (2, 2, 5, 7)),
    "avg_pool2d_padded": (lambda nn: nn.AvgPool2D(3, 2, 1), (1, 2, 6, 6)),
    "avg_pool2d_without_padding": (lambda nn: nn.AvgPool2D(3, 2, 1, count_include_pad=False), (1, 2, 6, 6)),
    "avg_pool3d": (lambda nn: nn.AvgPool3D(2, 1), (1, 2, 3, 3, 3)),
    "global_max_pool1d": (lambda nn: nn.GlobalMaxPool1D(), (2, 2, 5)),
    "global_max_pool2d": (lambda nn: nn.GlobalMaxPool2D(), (2, 2, 3, 4)),
    "global_max_pool3d": (lambda nn: nn.GlobalMaxPool3D(), (1, 2, 3, 2, 2)),
    "global_avg_pool1d": (lambda nn: nn.GlobalAvgPool1D(), (2, 2, 5)),
    "global_avg_pool2d": (lambda nn: nn.GlobalAvgPool2D(), (2, 2, 3, 4)),
    "global_avg_pool3d": (lambda nn: nn.GlobalAvgPool3D(), (1, 2, 3, 2, 2)),
    "reflection_pad": (lambda nn: nn.ReflectionPad2D(2), (1, 2, 4, 4)),
    "reflection_pad_uneven": (lambda nn: nn.ReflectionPad2D((0, 0, 0, 0, 1, 0, 2, 1)), (1, 2, 4, 4)),
    "batch_norm": (lambda nn: nn.BatchNorm(), (4, 3)),
    "batch_norm_of_images": (lambda nn: nn.BatchNorm(momentum=0.7, epsilon=1e-3), (3, 2, 3, 3)),
    "batch_norm_of_the_last_axis": (lambda nn: nn.BatchNorm(axis=-1), (4, 2, 3)),
    "batch_norm_without_scale": (lambda nn: nn.BatchNorm(scale=False), (4, 3)),
    "batch_norm_without_center": (lambda nn: nn.BatchNorm(center=False), (4, 3)),
    "batch_norm_of_running_statistics": (lambda nn: nn.BatchNorm(use_global_stats=True), (4, 3)),
    "batch_norm_relu": (lambda nn: nn.BatchNormReLU(), (4, 3, 2, 2)),
    "instance_norm": (lambda nn: nn.InstanceNorm(), (2, 3, 4)),
    "instance_norm_of_the_last_axis": (lambda nn: nn.InstanceNorm(axis=3, scale=True), (2, 3, 4, 2)),
    "layer_norm": (lambda nn: nn.LayerNorm(), (3, 4)),
    "layer_norm_of_an_axis": (lambda nn: nn.LayerNorm(axis=1, epsilon=1e-2), (2, 3, 4)),
    "layer_norm_without_scale": (lambda nn: nn.LayerNorm(scale=False, center=False), (2, 3)),
    "group_norm": (lambda nn: nn.GroupNorm(2), (2, 4, 3)),
    "group_norm_of_one_group": (lambda nn: nn.GroupNorm(), (2, 4, 3, 3)),
    "prelu": (lambda nn: nn.PReLU(), (2, 3)),
    "prelu_by_channel": (lambda nn: nn.PReLU(in_channels=3), (2, 3, 2)),
    "leaky_relu": (lambda nn: nn.LeakyReLU(0.1), (2, 3)),
    "elu": (lambda nn: nn.ELU(0.5), (2, 3)),
    "gelu": (lambda nn: nn.GELU(), (2, 3)),
    "swish": (lambda nn: nn.Swish(1.5), (2, 3)),
    "flatten": (lambda nn: nn.Flatten(), (2, 3, 2)),
    "dropout_of_nothing": (lambda nn: nn.Dropout(0), (2, 3)),
    "hybrid_lambda": (lambda nn: nn.HybridLambda("square"), (2, 3)),
    "hybrid_lambda_function": (lambda nn: nn.HybridLambda(lambda F, x: F.relu(x) * 2), (2, 3)),
    **{
        f"activation_{name}": ((lambda nn, name=name: nn.Activation(name)), (2, 3))
        for name in ("relu", "sigmoid", "tanh", "softrelu", "softsign")
    },
}

# long sums of products are added up in another order
_LOOSER = {"conv3d", "conv2d_transpose_strided", "conv2d_grouped", "conv2d"}


def _make():
    for name, (make, shape) in _LAYERS.items():
        for mode, options in {
            "training": {}, "predicting": {"train": False}, "hybridized": {"hybridize": True},
        }.items():  # fmt: skip
            if mode == "predicting" and ("max_pool" in name or name == "batch_norm_relu"):
                continue  # MXNet loses the mask of these in prediction mode, and its gradient with it

            def case(mx, make=make, shape=shape, options=options):
                return _run(mx, make, data(shape, 99), **options)

            case.__name__ = f"{name}_{mode}"
            globals()[case.__name__] = tolerance(1e-4, 1e-5)(case) if name in _LOOSER else case


_make()


def outputs_whose_gradients_are_wrong(mx):
    # MXNet's gradients of these are not those of their outputs
    nn = mx.gluon.nn
    return [
        layer(mx.nd.array(data(shape)))
        for layer, shape in [(nn.SELU(), (2, 3)), (nn.AvgPool2D(3, 2, ceil_mode=True), (1, 2, 6, 6))]
    ]


def embedding(mx):
    return _run(mx, lambda nn: nn.Embedding(5, 3), data((2, 4), 3, 0, 5, "int32"))


def embedding_of_floats(mx):
    layer = mx.gluon.nn.Embedding(5, 3)
    layer.initialize(mx.init.Normal(1))
    _set(mx, layer)
    return layer(mx.nd.array([[0, 4.0], [2, 7]]))


def dropout(mx):
    layer = mx.gluon.nn.Dropout(0.5)
    x = mx.nd.ones((100, 100))
    with mx.autograd.record():
        out = layer(x).asnumpy()
    kept = float((out != 0).mean())
    return sorted(set(out.ravel().tolist())), 0.45 < kept < 0.55, layer(mx.nd.array(data((2, 3))))


def dropout_along_axes(mx):
    layer = mx.gluon.nn.Dropout(0.5, axes=(1,))
    with mx.autograd.record():
        out = layer(mx.nd.ones((50, 4))).asnumpy()
    return bool((out == out[:, :1]).all()), sorted(set(out.ravel().tolist()))


def _refused():
    for name, (make, shape) in {
        "kernel_of_three_axes": (lambda nn: nn.Conv2D(3, (3, 3, 3)), None),
        "layout_of_another_kind": (lambda nn: nn.Conv2D(3, 3, layout="NCW"), None),
        "layout_channels_last_1d": (lambda nn: nn.Conv1D(2, 3, layout="NWC"), None),
        "strides_of_one_axis": (lambda nn: nn.Conv2D(3, 3, strides=(1,)), None),
        "padding_by_name": (lambda nn: nn.Conv2D(3, 3, padding="same"), None),
        "channels_by_name": (lambda nn: nn.Conv2D("a", 3), None),
        "kernel_missing": (lambda nn: nn.Conv2D(3), None),
        "kernel_of_nothing": (lambda nn: nn.Conv2D(3, 0), None),
        "groups_that_do_not_divide": (lambda nn: nn.Conv2D(3, 3, groups=2), None),
        "pool_layout_of_nonsense": (lambda nn: nn.MaxPool2D(layout="nonsense"), None),
        "pool_of_three_axes": (lambda nn: nn.MaxPool2D((2, 2, 2)), None),
        "pool_larger_than_input": (lambda nn: nn.MaxPool2D(5), (1, 1, 3, 3)),
        "pool_of_too_few_axes": (lambda nn: nn.MaxPool2D(), (1, 3, 3)),
        "dropout_above_one": (lambda nn: nn.Dropout(2), (2,)),
        "activation_of_nonsense": (lambda nn: nn.Activation("nonsense"), (2,)),
        "leaky_relu_below_zero": (lambda nn: nn.LeakyReLU(-0.1), None),
        "dense_with_nonsense": (lambda nn: nn.Dense(3, nonsense=3), None),
        "batch_norm_with_nonsense": (lambda nn: nn.BatchNorm(nonsense=3), None),
        "lambda_of_nonsense": (lambda nn: nn.Lambda("nonsense"), None),
        "lambda_of_a_number": (lambda nn: nn.Lambda(3), None),
        "hybrid_lambda_of_nonsense": (lambda nn: nn.HybridLambda("nonsense"), None),
        "hybrid_lambda_of_a_number": (lambda nn: nn.HybridLambda(3), None),
        "reflection_pad_of_two": (lambda nn: nn.ReflectionPad2D((1, 1)), None),
        "instance_norm_of_a_matrix": (lambda nn: nn.InstanceNorm(in_channels=3), (2, 3)),
        "group_norm_that_does_not_divide": (lambda nn: nn.GroupNorm(2), (2, 3, 4)),
    }.items():

        def case(mx, make=make, shape=shape):
            layer = make(mx.gluon.nn)
            if shape is None:
                return str(layer)
            layer.initialize()
            with mx.autograd.record():
                return layer(mx.nd.array(data(shape))).asnumpy()

        case.__name__ = name
        globals()[name] = case


_refused()


def parameters_of_layers(mx):
    nn = mx.gluon.nn
    layers = [
        nn.BatchNorm(axis=3, center=False, scale=False, use_global_stats=True, in_channels=4), nn.BatchNorm(),
        nn.LayerNorm(scale=False), nn.InstanceNorm(), nn.GroupNorm(4), nn.Embedding(3, 4, sparse_grad=True),
        nn.PReLU(in_channels=3), nn.Conv2DTranspose(6, 3, groups=2, in_channels=4),
        nn.Conv2D(6, 3, groups=2, in_channels=4), nn.Conv2D(6, 3, layout="NHWC"), nn.Dense(3, dtype="float16"),
    ]  # fmt: skip
    return [
        [
            (str(p), p.grad_req, p.init if isinstance(p.init, str) else type(p.init).__name__)
            for p in layer.params.values()
        ]
        for layer in layers
    ]


def arguments_of_layers(mx):
    nn = mx.gluon.nn
    layers = [
        nn.MaxPool2D(), nn.AvgPool2D(3, 2, 1, True, count_include_pad=False), nn.GlobalAvgPool2D(), nn.Conv2D(6, 3),
        nn.Conv1D(2, 3), nn.Conv2DTranspose(6, 3), nn.BatchNorm(), nn.LayerNorm(), nn.Embedding(3, 4),
        mx.gluon.contrib.nn.SyncBatchNorm(num_devices=2),
    ]  # fmt: skip
    return [dict(layer._kwargs) for layer in layers]


def pixel_shuffles(mx):
    contrib = mx.gluon.contrib.nn
    found = []
    for layer, shape in [
        (contrib.PixelShuffle1D(2), (1, 4, 3)), (contrib.PixelShuffle2D((2, 3)), (1, 12, 2, 3)),
        (contrib.PixelShuffle3D((1, 2, 3)), (1, 12, 2, 1, 2)), (contrib.PixelShuffle2D(2), (2, 8, 1, 2)),
    ]:  # fmt: skip
        found.append(layer(mx.nd.array(data(shape))))
    return found


def pixel_shuffle_of_too_many_factors(mx):
    mx.gluon.contrib.nn.PixelShuffle2D((2, 3, 3))


def pixel_shuffle_that_does_not_divide(mx):
    mx.gluon.contrib.nn.PixelShuffle2D(2)(mx.nd.ones((1, 5, 2, 2))).asnumpy()


def sync_batch_norm(mx):
    layer = mx.gluon.contrib.nn.SyncBatchNorm()
    layer.initialize()
    x = mx.nd.array(data((4, 3, 2, 2)))
    with mx.autograd.record():
        out = layer(x)
    out.backward()
    return out, layer.running_mean.data(), layer.running_var.data(), layer(x)


def convolution_channels_last(mx):
    # MXNet has no kernel for it on the processor
    layer = mx.gluon.nn.Conv2D(2, 3, layout="NHWC")
    layer.initialize()
    layer.infer_shape(mx.nd.ones((1, 5, 5, 3)))
    return layer.weight.shape, str(layer)


def pooling_channels_last(mx):
    return mx.gluon.nn.MaxPool2D(layout="NHWC")(mx.nd.array(data((1, 4, 4, 3))))


def half_precision(mx):
    layer = mx.gluon.nn.BatchNorm()
    layer.initialize()
    layer.cast("float16")
    return layer(mx.nd.array(data((2, 3)), dtype="float16")).dtype, layer.gamma.data().dtype
