"""Parameters, constants and dictionaries of them: states, contexts, shapes, files."""

from __future__ import annotations

import os
import tempfile
import warnings

from fidelity.support import data


def _warnings(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [w.category.__name__ for w in caught]


def _one(mx, shape=(2, 3), **kwargs):
    parameter = mx.gluon.Parameter("a_weight", shape=shape, **kwargs)
    parameter.initialize(mx.init.One(), ctx=mx.cpu())
    return parameter


def _deferred(mx, ctx=None):
    parameter = mx.gluon.Parameter("b", shape=(0, 3), allow_deferred_init=True)
    parameter.initialize(init="ones", ctx=ctx)
    return parameter


def _states():
    """Cases of every question asked of every state a parameter may be in."""
    questions = {
        "data": lambda mx, p: p.data(),
        "data_elsewhere": lambda mx, p: p.data(mx.cpu(1)),
        "list_data": lambda mx, p: p.list_data(),
        "grad": lambda mx, p: p.grad(),
        "grad_elsewhere": lambda mx, p: p.grad(mx.cpu(1)),
        "list_grad": lambda mx, p: p.list_grad(),
        "list_ctx": lambda mx, p: p.list_ctx(),
        "zero_grad": lambda mx, p: p.zero_grad(),
        "set_data": lambda mx, p: (p.set_data(mx.nd.ones((2, 3)) * 7), p.shape),
        "set_data_of_another_shape": lambda mx, p: p.set_data(mx.nd.ones((2, 4))),
        "reset_ctx": lambda mx, p: (p.reset_ctx(mx.cpu(1)), p.list_ctx()),
        "cast": lambda mx, p: (p.cast("float64"), str(p)),
        "row_sparse_data": lambda mx, p: p.row_sparse_data(mx.nd.array([0])),
        "reduce": lambda mx, p: p._reduce(),
        "load": lambda mx, p: (p._load_init(mx.nd.ones((2, 3)), mx.cpu()), p.data()),
        "load_elsewhere": lambda mx, p: (p._load_init(mx.nd.ones((2, 3)), mx.cpu(1)), p.list_ctx()),
        "load_anywhere": lambda mx, p: (p._load_init(mx.nd.ones((2, 3)), None), p.list_ctx()),
        "load_another_shape": lambda mx, p: p._load_init(mx.nd.ones((2, 4)), mx.cpu()),
        "load_another_dtype": lambda mx, p: p._load_init(mx.nd.ones((2, 3), dtype="float64"), mx.cpu()),
    }
    states = {
        "uninitialized": lambda mx: mx.gluon.Parameter("a", shape=(2, 3)),
        "deferred": _deferred,
        "initialized": _one,
        "without_gradient": lambda mx: _one(mx, grad_req="null"),
    }
    for state, make in states.items():
        for question, ask in questions.items():

            def case(mx, make=make, ask=ask):
                return ask(mx, make(mx))

            case.__name__ = f"{question}_{state}"
            globals()[case.__name__] = case


_states()


# ------------------------------------------------------------------ attributes


def grad_req_of_nonsense(mx):
    mx.gluon.Parameter("a", grad_req="nonsense")


def stype_of_nonsense(mx):
    mx.gluon.Parameter("a", stype="nonsense")


def grad_stype_of_nonsense(mx):
    mx.gluon.Parameter("a", grad_stype="nonsense")


def grad_req_changes(mx):
    p = _one(mx, grad_req="null")
    found = [p.grad_req]
    for req in ("write", "add", "null"):
        p.grad_req = req
        found += [p.grad_req, p.data().grad is None]
    return found


def grad_req_of_what_is_not_differentiable(mx):
    p = mx.gluon.Parameter("a", shape=(2,), differentiable=False)
    before = p.grad_req
    p.grad_req = "write"
    return before, p.grad_req


def dtype_set(mx):
    p = _one(mx)
    p.dtype = "float16"
    return p.data(), p.grad(), p.dtype


def dtype_cast_before(mx):
    p = mx.gluon.Parameter("a", shape=(2,), init="ones")
    p.cast("float64")
    p.initialize()
    return p.dtype, p.data()


def _shapes():
    pairs = [
        ((0, 3), (2, 3)), ((-1, 3), (2, 3)), ((-1, 3), (-1, 3)), ((0, 3), (-1, 3)), ((2, 3), (0, 3)), ((2, 3), (-1, 3)),
        ((2, 0), (0, 3)), ((0, 3), (5, 4)), ((0, 3), (5, 3, 3)), ((2, 3), (2, 3)), ((2, 3), (6, 3)), (None, (2, 3)),
    ]  # fmt: skip
    for number, (first, second) in enumerate(pairs):

        def case(mx, first=first, second=second):
            p = mx.gluon.Parameter("a", shape=first, allow_deferred_init=True)
            p.shape = second
            return p.shape

        def numpy_case(mx, case=case):
            with mx.util.np_shape(True):
                return case(mx)

        case.__name__, numpy_case.__name__ = f"shape_{number}", f"numpy_shape_{number}"
        globals()[case.__name__], globals()[numpy_case.__name__] = case, numpy_case


_shapes()


def shapes_under_numpy_semantics(mx):
    mx.npx.set_np()
    return [str(mx.gluon.Parameter("w", shape=s)) for s in ((0, 2), (-1, 2), (), None)]


def arrays_under_numpy_semantics(mx):
    mx.npx.set_np()
    p = _one(mx)
    constant = mx.gluon.Constant("c", [1, 2])
    constant.initialize()
    return p.data(), p.grad(), constant.data(), constant.value


def scalar_under_numpy_semantics(mx):
    mx.npx.set_np()
    p = mx.gluon.Parameter("w", shape=())
    p.initialize()
    return p.data().shape, p.grad().shape


# ------------------------------------------------------------------ first values


def initialize_without_a_shape(mx):
    mx.gluon.Parameter("b").initialize()


def initialize_with_an_unknown_dimension(mx):
    mx.gluon.Parameter("b", shape=(0, 3)).initialize()


def initialize_again(mx):
    p = _one(mx)
    caught = _warnings(p.initialize)
    before = p.data().asnumpy()
    p.initialize(mx.init.Zero(), force_reinit=True)
    return caught, before, p.data()


def initialize_on_several_contexts(mx):
    p = _one(mx)
    p.initialize(ctx=[mx.cpu(1), mx.cpu(2)], force_reinit=True)
    with mx.Context("cpu", 2):
        current = p.data().context
    return p.list_ctx(), current, [g.context for g in p.list_grad()], p.list_data()


def data_of_several_contexts_without_saying_which(mx):
    p = _one(mx)
    p.reset_ctx([mx.cpu(1), mx.cpu(2)])
    p.data()


def initialize_with_unknown_initializer(mx):
    mx.gluon.Parameter("a_weight", shape=(2,)).initialize(init="nonsense")


def initialize_vector_with_xavier(mx):
    mx.gluon.Parameter("a_weight", shape=(2,)).initialize(init="xavier")


def initialize_on_a_number(mx):
    mx.gluon.Parameter("a_weight", shape=(2,)).initialize(ctx=3)


def which_initializer_counts(mx):
    found = []
    for name, own, given, default in [
        ("a_weight", mx.init.Constant(3), None, "ones"), ("a_weight", mx.init.Constant(3), "ones", "zeros"),
        ("a_bias", None, None, mx.init.One()), ("a_bias", None, "ones", "zeros"),
        ("a_gamma", None, None, mx.init.Zero()), ("anything", None, None, mx.init.Constant(4)),
        ("a_running_var", "ones", None, mx.init.Zero()),
    ]:  # fmt: skip
        p = mx.gluon.Parameter(name, shape=(2,), init=own)
        p.initialize(given, default_init=default)
        found.append(p.data())
    return found


def default_initializer(mx):
    p = mx.gluon.Parameter("a_bias", shape=(3, 2))
    p.initialize()
    return p.data()


def what_an_initializer_is_told(mx):
    told = []

    class Telling(mx.init.Initializer):
        def _init_weight(self, name, arr):
            told.append((str(name), sorted(name.attrs), type(name.global_init).__name__, arr.shape))
            arr[:] = 1

    p = mx.gluon.Parameter("a_bias", shape=(2, 2), init=Telling())
    p.initialize(mx.init.Zero())
    p.initialize(default_init=mx.init.Xavier(), force_reinit=True)
    return told, p.data()


def deferred_until_data_is_set(mx):
    p = _deferred(mx)
    p.set_data(mx.nd.ones((4, 3)) * 7)
    p._finish_deferred_init()
    return p.shape, p.data()


def deferred_on_several_contexts(mx):
    p = _deferred(mx, [mx.cpu(1), mx.cpu(2)])
    p._load_init(mx.nd.ones((4, 3)) * 7, [mx.cpu(2), mx.cpu(1)])
    return p.list_ctx(), p.list_data()


def reset_to_several_contexts(mx):
    p = _one(mx)
    p.set_data(data((2, 3)))
    p.reset_ctx([mx.cpu(1), mx.cpu(2)])
    return p.list_ctx(), p.list_data(), p.list_grad()


def set_data_of_other_kinds(mx):
    p, found = _one(mx), []
    for values in (
        data((2, 3)),
        mx.nd.array(data((2, 3), 1), dtype="float64"),
        mx.nd.array(data((2, 3), 2, -9, 9, "int32")),
    ):
        p.set_data(values)
        found.append(p.data().asnumpy())
    return found


def load_and_cast(mx):
    found = []
    for source in ("current", "saved"):
        p = _one(mx)
        p._load_init(mx.nd.ones((2, 3), dtype="float16"), mx.cpu(), cast_dtype=True, dtype_source=source)
        found += [p.data(), p.data().dtype]
    return found


def load_and_cast_by_nonsense(mx):
    _one(mx)._load_init(mx.nd.ones((2, 3), dtype="float16"), mx.cpu(), cast_dtype=True, dtype_source="nonsense")


def gradients_add_up(mx):
    p, found = _one(mx, grad_req="add"), []
    for _ in range(2):
        with mx.autograd.record():
            y = (p.data() * p.data() * mx.nd.array(data((2, 3)))).sum()
        y.backward()
        found.append(p.grad().asnumpy())
    p.zero_grad()
    return found, p.grad()


# ------------------------------------------------------------------ constants


def constant(mx):
    c = mx.gluon.Constant("c", [[1, 2], [3, 4]])
    c.initialize()
    return c.data(), c.value, c.shape, c.dtype, c.grad_req, str(c)


def constant_dtypes(mx):
    found = []
    for value in (data((2,), dtype="float64"), mx.nd.array([1, 2], dtype="float16"), data((2,), 0, 0, 9, "int32")):
        c = mx.gluon.Constant("c", value)
        c.initialize()
        found.append(c.data())
    return found


def constant_has_no_gradient(mx):
    c = mx.gluon.Constant("c", [1])
    c.initialize()
    c.grad()


def constant_grad_req(mx):
    c = mx.gluon.Constant("c", [1])

    def change():
        c.grad_req = "write"

    def keep():
        c.grad_req = "null"

    return _warnings(change), _warnings(keep), c.grad_req


# ------------------------------------------------------------------ dictionaries


def get_merges_shapes(mx):
    params = mx.gluon.ParameterDict("p_")
    found = [str(params.get("w", shape=(2, 0), init="ones", dtype="float32"))]
    found.append(str(params.get("w", shape=(2, 3))))
    found.append(str(params.get("w", shape=(0, 3))))
    found.append(str(params.get("w", dtype="float32", init="ones", allow_deferred_init=True)))
    params.get("later")
    found.append(str(params.get("later", shape=(4,), init="zeros")))
    return found, params.get("later").init


def _disagree():
    for name, wanted in {
        "shape": (4, 3), "ndim": (2, 3, 1), "init": "zeros", "dtype": "float16", "grad_req": "null", "lr_mult": 2.0,
    }.items():  # fmt: skip
        attribute = "shape" if name == "ndim" else name

        def case(mx, attribute=attribute, wanted=wanted):
            params = mx.gluon.ParameterDict("p_")
            params.get("w", shape=(2, 3), init="ones")
            params.get("w", **{attribute: wanted})

        case.__name__ = f"get_disagrees_in_{name}"
        globals()[case.__name__] = case


_disagree()


def get_with_an_unknown_attribute(mx):
    mx.gluon.ParameterDict("p_").get("w", nonsense=1)


def get_constant(mx):
    params = mx.gluon.ParameterDict("p_")
    first = params.get_constant("c", mx.nd.array([1, 2]))
    return params.get_constant("c") is first, params.get_constant("c", mx.nd.array([1, 2])) is first, str(params)


def get_constant_of_another_value(mx):
    params = mx.gluon.ParameterDict("p_")
    params.get_constant("c", mx.nd.array([1, 2]))
    params.get_constant("c", mx.nd.array([1, 3]))


def get_constant_that_is_not_there(mx):
    mx.gluon.ParameterDict("p_").get_constant("c")


def get_constant_that_is_a_parameter(mx):
    params = mx.gluon.ParameterDict("p_")
    params.get("c")
    params.get_constant("c", mx.nd.array([1, 2]))


def dictionary_access(mx):
    params = mx.gluon.ParameterDict("p_")
    params.get("a", shape=(1,))
    params.get("b", shape=(2,))
    return (
        list(params), list(params.keys()), [p.name for p in params.values()], [k for k, _ in params.items()],
        "p_a" in params, "a" in params, params["p_a"].name, params.prefix, str(params), str(mx.gluon.ParameterDict()),
    )  # fmt: skip


def dictionary_missing_key(mx):
    params = mx.gluon.ParameterDict("p_")
    params.get("a")
    params["a"]


def shared_dictionaries(mx):
    source = mx.gluon.ParameterDict("p_")
    w = source.get("w", shape=(2,))
    target = mx.gluon.ParameterDict("p_", shared=source)
    same = target.get("w") is w
    target.get("new")
    return same, str(target), str(source)


def update_dictionaries(mx):
    one, other = mx.gluon.ParameterDict("a_"), mx.gluon.ParameterDict("b_")
    one.get("w")
    other.get("w")
    one.update(other)
    one.update(other)
    return str(one)


def update_dictionaries_that_disagree(mx):
    one, other = mx.gluon.ParameterDict("a_"), mx.gluon.ParameterDict("a_")
    one.get("w")
    other.get("w")
    one.update(other)


def _filled(mx):
    params = mx.gluon.ParameterDict("net_")
    params.get("weight", shape=(2, 2))
    params.get("bias", shape=(2,), init="zeros")
    params.initialize(mx.init.Constant(0.5))
    return params


def dictionary_setattr(mx):
    params = _filled(mx)
    params.setattr("grad_req", "null")
    params.setattr("lr_mult", 3)
    params.setattr("own", 4)
    return [(p.grad_req, p.lr_mult, p.own) for p in params.values()]


def dictionary_contexts(mx):
    params = _filled(mx)
    found = [params.list_ctx()]
    params.reset_ctx([mx.cpu(1), mx.cpu(0)])
    found.append(sorted(str(c) for c in params.list_ctx()))
    params.reset_ctx(None)
    found.append(params.list_ctx())
    return found, mx.gluon.ParameterDict().list_ctx()


def dictionary_contexts_uninitialized(mx):
    params = mx.gluon.ParameterDict("net_")
    params.get("w")
    params.list_ctx()


def dictionary_initialize_without_initializer(mx):
    _filled(mx).initialize(init=3, force_reinit=True)


def dictionary_zero_grad(mx):
    params = _filled(mx)
    for p in params.values():
        p.grad()[:] = 3
    params.zero_grad()
    mx.gluon.ParameterDict().zero_grad()
    return [p.grad() for p in params.values()]


def dictionary_of_deferred_parameters(mx):
    params = mx.gluon.ParameterDict("net_")
    params.get("weight", shape=(2, 0), allow_deferred_init=True)
    params.initialize()
    params.zero_grad()
    params.reset_ctx(mx.cpu(2))
    return params.list_ctx()


# ------------------------------------------------------------------ files


def _path():
    return os.path.join(tempfile.mkdtemp(), "file.params")


def _written(path):
    with open(path, "rb") as stream:
        return stream.read()


def saved_bytes(mx):
    path, params = _path(), _filled(mx)
    params.save(path)
    whole = _written(path)
    params.save(path, strip_prefix="net_")
    return whole, _written(path), sorted(mx.nd.load(path))


def save_with_a_wrong_prefix(mx):
    _filled(mx).save(_path(), strip_prefix="other_")


def save_uninitialized(mx):
    params = mx.gluon.ParameterDict("net_")
    params.get("w", shape=(2,))
    params.save(_path())


def save_deferred(mx):
    params = mx.gluon.ParameterDict("net_")
    params.get("w", shape=(0,), allow_deferred_init=True)
    params.initialize()
    params.save(_path())


def save_from_several_contexts(mx):
    path, params = _path(), _filled(mx)
    params.reset_ctx([mx.cpu(0), mx.cpu(1)])
    params["net_weight"].data(mx.cpu(1))[:] = 1
    params.save(path)
    return mx.nd.load(path)


def _reading():
    def load(mx, names, **options):
        path, params = _path(), _filled(mx)
        mx.nd.save(path, {name: mx.nd.ones(shape) * 9 for name, shape in names.items()})
        params.load(path, mx.cpu(), **options)
        return [p.data() for p in params.values()]

    both = {"net_weight": (2, 2), "net_bias": (2,)}
    for name, (names, options) in {
        "load": (both, {}),
        "load_with_kinds": ({"arg:net_weight": (2, 2), "aux:net_bias": (2,)}, {}),
        "load_restoring_a_prefix": ({"weight": (2, 2), "bias": (2,)}, {"restore_prefix": "net_"}),
        "load_restoring_a_wrong_prefix": ({"weight": (2, 2), "bias": (2,)}, {"restore_prefix": "ne_"}),
        "load_without_restoring": ({"weight": (2, 2), "bias": (2,)}, {}),
        "load_missing": ({"net_weight": (2, 2)}, {}),
        "load_allowing_missing": ({"net_weight": (2, 2)}, {"allow_missing": True}),
        "load_extra": ({**both, "more": (1,)}, {}),
        "load_ignoring_extra": ({**both, "more": (1,)}, {"ignore_extra": True}),
        "load_shapes_that_differ": ({"net_weight": (2, 3), "net_bias": (2,)}, {}),
    }.items():

        def case(mx, names=names, options=options):
            return load(mx, names, **options)

        case.__name__ = name
        globals()[name] = case


_reading()


def load_initializes(mx):
    path = _path()
    _filled(mx).save(path)
    params = mx.gluon.ParameterDict("net_")
    params.get("weight", shape=(0, 0))
    params.get("bias", shape=(2,))
    params.load(path, ctx=[mx.cpu(0), mx.cpu(1)])
    return str(params), [p.list_data() for p in params.values()]


def load_dict(mx):
    params = _filled(mx)
    params.load_dict({"arg:net_weight": mx.nd.ones((2, 2)), "net_bias": mx.nd.ones((2,))})
    return [p.data() for p in params.values()]


def load_a_list(mx):
    path = _path()
    mx.nd.save(path, [mx.nd.ones((2,))])
    _filled(mx).load(path)


def load_what_is_not_there(mx):
    _filled(mx).load(_path())


def load_rubbish(mx):
    path = _path()
    with open(path, "wb") as stream:
        stream.write(b"rubbish")
    _filled(mx).load(path)
