"""Files of whole networks: names by structure, what is missing or too much, formats old and new."""

from __future__ import annotations

import os
import tempfile
import warnings

from fidelity.support import data


def _net(mx, prefix="net_", initialized=True):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix=prefix)
    with net.name_scope():
        net.add(nn.Dense(3, in_units=2), nn.BatchNorm(in_channels=3), nn.Dense(2, in_units=3, activation="relu"))
    if initialized:
        net.initialize()
        for number, parameter in enumerate(net.collect_params().values()):
            parameter.set_data(mx.nd.array(data(parameter.shape, number, 0, 1)))
    return net


def _path(name="file.params"):
    return os.path.join(tempfile.mkdtemp(), name)


def _written(path):
    with open(path, "rb") as stream:
        return stream.read()


def _quietly(call, *args):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(*args)
    return [w.category.__name__ for w in caught if w.category is not ResourceWarning]


def _values(net):
    return [parameter.data() for parameter in net.collect_params().values()]


def saved_bytes(mx):
    path = _path()
    _net(mx).save_parameters(path)
    return _written(path), list(mx.nd.load(path))


def saved_bytes_by_name(mx):
    path, net = _path(), _net(mx)
    warned = _quietly(net.save_params, path)
    by_name = _written(path)
    net.collect_params().save(path)
    return warned, by_name, _written(path)


def load(mx):
    path, other = _path(), _net(mx, "other_")
    _net(mx).save_parameters(path)
    for parameter in other.collect_params().values():
        parameter.set_data(mx.nd.zeros(parameter.shape))
    other.load_parameters(path)
    return _values(other)


def load_initializes(mx):
    path, other = _path(), _net(mx, "other_", initialized=False)
    _net(mx).save_parameters(path)
    other.load_parameters(path, ctx=[mx.cpu(0), mx.cpu(1)])
    return [p.list_data() for p in other.collect_params().values()]


def load_tells_shapes(mx):
    path, nn = _path(), mx.gluon.nn
    _net(mx).save_parameters(path)
    net = nn.HybridSequential(prefix="o_")
    with net.name_scope():
        net.add(nn.Dense(3), nn.BatchNorm(), nn.Dense(2))
    net.initialize()
    net.load_parameters(path)
    return str(net.collect_params()), _values(net)


def load_a_single_layer(mx):
    path, nn = _path(), mx.gluon.nn
    layer = nn.Dense(2, in_units=2)
    layer.initialize()
    layer.save_parameters(path)
    other = nn.Dense(2)
    other.load_parameters(path)
    return list(mx.nd.load(path)), (other.weight.data() == layer.weight.data())


def _layers(mx, count):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(*([nn.Dense(3, in_units=2), nn.BatchNorm(), nn.Dense(2), nn.Dense(2)][:count]))
    return net


def load_extra(mx):
    path = _path()
    _net(mx).save_parameters(path)
    _layers(mx, 1).load_parameters(path)


def load_ignoring_extra(mx):
    path, net = _path(), _layers(mx, 1)
    _net(mx).save_parameters(path)
    net.load_parameters(path, ignore_extra=True)
    return _values(net)


def load_missing(mx):
    path = _path()
    _net(mx).save_parameters(path)
    _layers(mx, 4).load_parameters(path)


def load_allowing_missing(mx):
    path, net = _path(), _layers(mx, 4)
    _net(mx).save_parameters(path)
    net.load_parameters(path, allow_missing=True)
    return str(net[0].weight), str(net[3].weight), net[0].weight.data()


def load_to_another_context(mx):
    path = _path()
    _net(mx).save_parameters(path)
    _net(mx).load_parameters(path, ctx=mx.cpu(1))


def _changed(mx, path, change):
    mx.nd.save(path, {name: change(array) for name, array in mx.nd.load(path).items()})


def load_other_shapes(mx):
    path, net = _path(), _net(mx)
    net.save_parameters(path)
    _changed(mx, path, lambda array: mx.nd.ones((7,)))
    net.load_parameters(path)


def load_other_dtypes(mx):
    path, net = _path(), _net(mx)
    net.save_parameters(path)
    _changed(mx, path, lambda array: array.astype("float64"))
    net.load_parameters(path)


def load_other_dtypes_casting(mx):
    path, found = _path(), []
    _net(mx).save_parameters(path)
    _changed(mx, path, lambda array: array.astype("float64"))
    for source in ("current", "saved"):
        net = _net(mx)
        net.load_parameters(path, cast_dtype=True, dtype_source=source)
        found.append((net[0].weight.data().dtype, str(net[0].weight)))
    return found


def load_by_name(mx):
    found = []
    for kinds in (False, True):
        path, net = _path(), _net(mx, "other_")
        _net(mx).collect_params().save(path, strip_prefix="net_")
        if kinds:
            arrays = mx.nd.load(path).items()
            mx.nd.save(path, {("aux:" if "running" in k else "arg:") + k: v * 2 for k, v in arrays})
        net.load_parameters(path)
        found.append(_values(net))
    return found


def load_by_full_name(mx):
    path, net = _path(), _net(mx)
    net.collect_params().save(path)
    net.load_parameters(path)


def load_places_with_kinds(mx):
    path, net = _path(), _net(mx)
    net.save_parameters(path)
    mx.nd.save(path, {"arg:" + name: array for name, array in mx.nd.load(path).items()})
    net.load_parameters(path)


def load_the_older_way(mx):
    path, net = _path(), _net(mx, "other_")
    return _quietly(_net(mx).save_params, path), _quietly(net.load_params, path), _values(net)


def load_a_list(mx):
    path = _path()
    mx.nd.save(path, [mx.nd.ones((2,))])
    _net(mx).load_parameters(path)


def load_rubbish(mx):
    path = _path()
    with open(path, "wb") as stream:
        stream.write(b"rubbish")
    _net(mx).load_parameters(path)


def load_what_is_not_there(mx):
    _net(mx).load_parameters(_path())


def save_before_the_first_batch(mx):
    nn = mx.gluon.nn
    net = nn.Dense(2)
    net.initialize()
    net.save_parameters(_path())


def _shared(mx):
    nn = mx.gluon.nn

    class Shared(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.a = nn.Dense(2, in_units=2)
                self.b = nn.Dense(2, in_units=2, params=self.a.params)
                self.alias = self.a

        def hybrid_forward(self, F, x):
            return self.b(self.a(x))

    net = Shared()
    net.initialize(mx.init.Constant(0.5))
    return net


def shared_parameters(mx):
    found = []
    for deduplicate in (False, True):
        path, net = _path(), _shared(mx)
        net.save_parameters(path, deduplicate=deduplicate)
        other = _shared(mx)
        other.initialize(mx.init.Zero(), force_reinit=True)
        other.load_parameters(path)
        found.append((list(mx.nd.load(path)), _values(other)))
    return found


def constants_are_saved(mx):
    class Scale(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.scale = self.params.get_constant("scale", mx.nd.array([1, 2]))

        def hybrid_forward(self, F, x, scale):
            return x * scale

    path, net, other = _path(), Scale(), Scale()
    net.initialize()
    net.scale.set_data(mx.nd.array([3, 4]))
    net.save_parameters(path)
    other.load_parameters(path)
    return list(mx.nd.load(path)), other(mx.nd.ones((2,)))


def save_and_load_the_structure(mx):
    prefix, net, other = _path("model"), _net(mx), _net(mx, "other_", initialized=False)
    net.save(prefix)
    with open(prefix + "-model.json") as stream:
        text = stream.read()
    other.load(prefix)
    return text, sorted(os.listdir(os.path.dirname(prefix))), _values(other)
