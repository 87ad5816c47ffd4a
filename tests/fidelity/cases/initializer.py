"""Initializers: what they fill in, for which names, and how they are written down."""

import logging

import numpy as np

from fidelity.support import data, tolerance

SHAPES = ((3, 4), (4, 3), (2, 3, 4, 5), (2, 3, 3), (40, 30))
DRAWN = {
    "uniform": ("Uniform", {}),
    "uniform_scaled": ("Uniform", {"scale": 2.0}),
    "normal": ("Normal", {}),
    "normal_scaled": ("Normal", {"sigma": 2.0}),
    "orthogonal": ("Orthogonal", {}),
    "orthogonal_normal": ("Orthogonal", {"scale": 2.0, "rand_type": "normal"}),
    "xavier": ("Xavier", {}),
    "xavier_gaussian": ("Xavier", {"rnd_type": "gaussian", "factor_type": "avg", "magnitude": 2.5}),
    "xavier_in": ("Xavier", {"rnd_type": "uniform", "factor_type": "in", "magnitude": 2}),
    "xavier_out": ("Xavier", {"rnd_type": "gaussian", "factor_type": "out", "magnitude": 2.34}),
    "prelu": ("MSRAPrelu", {}),
    "prelu_in": ("MSRAPrelu", {"factor_type": "in", "slope": 0.1}),
}


def _fill(mx, init, shape, name="weight", dtype="float32", **description):
    mx.random.seed(3)
    array = mx.nd.ones(shape, dtype=dtype) * 7
    init(mx.init.InitDesc(name, **description), array)
    return array


def _drawn(name, arguments):
    def shown(array):
        # the sign of a singular vector is that of the LAPACK in NumPy, under MXNet too
        return np.abs(array.asnumpy()) if name == "Orthogonal" else array

    @tolerance(rtol=2e-5, atol=2e-6)  # singular vectors, and sqrt and log in the normals
    def case(mx):
        return [shown(_fill(mx, getattr(mx.init, name)(**arguments), shape)) for shape in SHAPES]

    @tolerance(rtol=2e-3, atol=1e-3)
    def half(mx):
        return shown(_fill(mx, getattr(mx.init, name)(**arguments), (3, 4), dtype="float16"))

    return {"": case, "_half": half}


for _label, _what in DRAWN.items():
    for _suffix, _made in _drawn(*_what).items():
        globals()[_label + _suffix] = _made


def constants(mx):
    init = mx.init
    made = [init.Zero(), init.One(), init.Constant(2.5), init.Constant(mx.nd.array([[1, 2], [3, 4]]))]
    made += [init.Constant(np.array([[1.0, 2], [3, 4]])), init.Constant([1, 2])]
    return [[_fill(mx, each, (2, 2), dtype=dtype) for each in made] for dtype in ("float32", "float16", "int32")]


def bilinear(mx):
    return [_fill(mx, mx.init.Bilinear(), shape) for shape in ((1, 1, 4, 4), (2, 3, 3, 3), (1, 2, 5, 5), (2, 1, 2, 2))]


def bilinear_of_a_matrix(mx):
    _fill(mx, mx.init.Bilinear(), (3, 4))


def lstm_bias(mx):
    description = {"attrs": {"__init__": mx.init.LSTMBias(2.0).dumps()}}
    return (
        [_fill(mx, mx.init.LSTMBias(2.0), shape) for shape in ((8,), (5,), (8, 2))],
        _fill(mx, mx.init.LSTMBias(2.0), (8,), "bias"),
        _fill(mx, mx.init.Zero(), (8,), "bias", **description),
    )


def xavier_of_a_vector(mx):
    _fill(mx, mx.init.Xavier(), (5,))


def xavier_unknown_factor(mx):
    _fill(mx, mx.init.Xavier(factor_type="foo"), (3, 4))


def xavier_unknown_distribution(mx):
    _fill(mx, mx.init.Xavier(rnd_type="foo"), (3, 4))


def orthogonal_of_a_vector(mx):
    _fill(mx, mx.init.Orthogonal(), (5,))


# ---------------------------------------------------------------- names

NAMES = (
    "weight",
    "a_weight",
    "xbias",
    "bias",
    "a_gamma",
    "beta",
    "a_min",
    "xmax",
    "weight_min",
    "bias_quantize",
    "weight_quantize",
    "stn_loc_bias",
    "upsampling0_weight",
)
UNKNOWN = ("running_mean", "running_var", "moving_mean", "foo", "weight_x", "", "WEIGHT", "alpha", "parameters")


def names(mx):
    return {name: _fill(mx, mx.init.Uniform(), (3, 4), name) for name in NAMES}


def names_unknown(mx):
    refused = []
    for name in UNKNOWN:
        try:
            _fill(mx, mx.init.Uniform(), (3, 4), name)
        except ValueError:
            refused.append(name)
    return refused


def plain_names(mx):
    import warnings

    made = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for name, shape in (
            ("weight", (3, 4)),
            ("bias", (2,)),
            ("gamma", (2,)),
            ("beta", (2,)),
            ("moving_mean", (2,)),
            ("moving_var", (2,)),
            ("moving_inv_var", (2,)),
            ("moving_avg", (2,)),
            ("a_min", (2,)),
            ("a_max", (2,)),
            ("stn_loc_weight", (2, 3)),
            ("stn_loc_bias", (6,)),
            ("upsampling0", (1, 2, 4, 4)),
            ("upsampling0_bias", (1, 2, 4, 4)),
        ):
            mx.random.seed(3)
            array = mx.nd.ones(shape) * 7
            mx.init.Uniform()(name, array)
            made[name] = array
    return made


def plain_name_unknown(mx):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        mx.init.Uniform()("running_mean", mx.nd.zeros((2,)))


def name_is_a_number(mx):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        mx.init.Uniform()(3, mx.nd.zeros((2,)))


def initializer_of_the_variable(mx):
    init, made = mx.init.Uniform(), []
    for own in ('["constant", {"value": 3}]', "zeros", mx.init.One(), mx.init.Constant(4).dumps()):
        made.append([_fill(mx, init, (2, 2), name, attrs={"__init__": own}) for name in ("foo", "bias", "weight")])
    return made, _fill(mx, init, (2, 2), "bias", attrs={"__init__": ""})


def base_class(mx):
    _fill(mx, mx.init.Initializer(), (2, 2))


def base_class_of_a_bias(mx):
    return _fill(mx, mx.init.Initializer(), (2, 2), "bias")


def descriptions(mx):
    plain, full = mx.init.InitDesc("a"), mx.init.InitDesc("a", {"x": 1}, "g")
    kept = plain.attrs, plain.global_init, full.attrs, full.global_init
    return repr(plain), plain == "a", kept, isinstance(full, str)


# ---------------------------------------------------------------- written down, registered, compared


def dumps(mx):
    init = mx.init
    made = [
        init.Zero(),
        init.One(),
        init.Constant(2),
        init.Constant(mx.nd.array([1, 2])),
        init.Uniform(),
        init.Normal(0.3),
        init.Orthogonal(),
        init.Xavier(),
        init.Xavier("gaussian", "in", 2),
        init.MSRAPrelu(),
        init.Bilinear(),
        init.LSTMBias(2),
        init.Initializer(),
        init.Initializer(a=1),
        init.FusedRNN(None, 3, 1, "lstm"),
        init.FusedRNN(init.Zero(), 3, 1, "lstm", True, 2.0),
    ]
    return [each.dumps() for each in made]


def attributes(mx):
    xavier, prelu = mx.init.Xavier("x", "y", 2), mx.init.MSRAPrelu("in", 0.5)
    return (
        (xavier.rnd_type, xavier.factor_type, xavier.magnitude, xavier._kwargs),
        (prelu.rnd_type, prelu.factor_type, prelu.magnitude, prelu._kwargs),
        (mx.init.Uniform().scale, mx.init.Normal().sigma, mx.init.Constant(3).value),
    )


def equality(mx):
    init = mx.init
    return (
        init.Zero() == init.Zero(),
        init.Normal(1) == init.Normal(2),
        init.Normal(1) == init.Normal(1),
        init.Normal(1) == init.Uniform(1),
        init.Normal() == 3,
        init.Normal(1) != init.Normal(2),
    )


def no_hash(mx):
    hash(mx.init.Zero())


def create(mx):
    make = mx.init.create
    made = [make(n) for n in ("zeros", "zero", "ones", "one", "Xavier", "XAVIER", "msraprelu", "lstmbias", "bilinear")]
    made += [
        make("xavier", magnitude=2),
        make("xavier", "gaussian"),
        make('["xavier", {"magnitude": 5}]'),
        make('{"initializer": "normal", "sigma": 2}'),
        make(initializer="uniform", scale=3),
        make(mx.init.One()),
    ]
    return [each.dumps() for each in made]


REFUSED = {
    "create_unknown": (("nope",), {}),
    "create_from_a_number": ((3,), {}),
    "create_from_nothing": ((), {}),
    "create_from_none": ((None,), {}),
    "create_unknown_argument": (("xavier",), {"foo": 3}),
    "create_from_broken_json": (("[bad",), {}),
}


def _refused(positional, arguments):
    def case(mx):
        mx.init.create(*positional, **arguments)

    return case


for _label, _given in REFUSED.items():
    globals()[_label] = _refused(*_given)


def create_from_an_instance_with_arguments(mx):
    mx.init.create(mx.init.Zero(), 3)


def register_own(mx):
    class Sevens(mx.init.Initializer):
        def __init__(self, value=7):
            super().__init__(value=value)
            self.value = value

        def _init_weight(self, name, array):
            array[:] = self.value

    returned = mx.init.register(Sevens) is Sevens
    mx.init.alias("seven", "siete")(Sevens)
    return (
        returned,
        mx.init.create("Sevens").dumps(),
        _fill(mx, mx.init.create("siete", 8), (2, 2)),
        _fill(mx, mx.init.Zero(), (2, 2), "foo", attrs={"__init__": Sevens(9).dumps()}),
    )


def register_something_else(mx):
    mx.init.register(int)


def init_is_initializer(mx):
    return mx.init is mx.initializer, mx.init.__name__


# ---------------------------------------------------------------- combinations


def mixed(mx):
    init = mx.init.Mixed(["bias", ".*weight", "a.c"], [mx.init.Zero(), mx.init.One(), mx.init.Constant(5)])
    return [_fill(mx, init, (2, 2), name) for name in ("bias", "a_weight", "xbias_weight", "abc_weight")]


def mixed_no_pattern(mx):
    _fill(mx, mx.init.Mixed(["bias"], [mx.init.Zero()]), (2, 2), "foo")


def mixed_lengths_differ(mx):
    mx.init.Mixed(["bias"], [])


def _saved(mx):
    return {"arg:weight": mx.nd.array(data((2, 3))), "aux:mean": mx.nd.ones((2,)), "bias": mx.nd.ones((3,))}


def load(mx):
    init = mx.init.Load(_saved(mx), mx.init.Zero())
    made = [mx.nd.ones((2, 3)) * 7, mx.nd.ones((2,)) * 7, mx.nd.ones((3,)) * 7, mx.nd.ones((4,)) * 7]
    for name, array in zip(("weight", "mean", "bias", mx.init.InitDesc("other_weight")), made):
        init(name, array)
    return made, sorted(init.param)


def load_another_shape(mx):
    mx.init.Load(_saved(mx))("bias", mx.nd.ones((2,)))


def load_unknown_name(mx):
    mx.init.Load(_saved(mx))("foo", mx.nd.ones((2,)))


def load_without_names(mx):
    mx.init.Load([mx.nd.ones((2,))])


def load_a_file(mx):
    import os
    import tempfile

    folder = tempfile.mkdtemp()
    named, unnamed = os.path.join(folder, "a.params"), os.path.join(folder, "b.params")
    mx.nd.save(named, _saved(mx))
    mx.nd.save(unnamed, [mx.nd.ones((2,))])
    loaded = sorted(mx.init.Load(named).param.items())
    try:
        mx.init.Load(unnamed)
    except AssertionError:
        return loaded, "refused"
    finally:
        for path in (named, unnamed):
            os.remove(path)
        os.rmdir(folder)


def verbosity(mx):
    texts = []

    class Keep(logging.Handler):
        def emit(self, record):
            texts.append(record.getMessage())

    root, handler = logging.getLogger(), Keep()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        for shown in (None, lambda array: "shape %s" % (array.shape,)):
            init = mx.init.One()
            same = init.set_verbosity(True, shown) if shown else init.set_verbosity(True)
            for name in ("weight", "beta", "xmin", "a_max", "bias"):
                _fill(mx, init, (2, 3), name)
            _fill(mx, init, (2, 3), "foo", attrs={"__init__": "zeros"})
            _fill(mx, init, (2, 3), "foo", attrs={"__init__": '["constant", {"value": 3}]'})
        init.set_verbosity(False)
        _fill(mx, init, (2, 3))
        load = mx.init.Load(_saved(mx), mx.init.Zero(), verbose=True)
        load("bias", mx.nd.ones((3,)))
        load(mx.init.InitDesc("b_weight"), mx.nd.ones((3,)))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return texts, same is not None
