"""Gradients of sparse arrays and into sparse buffers, updates by rows, stores, parameters and layers."""

# ruff: noqa: B023 - what is made in a loop is called before the next round

import numpy as np

from fidelity.sparse_support import OTHER, csr, dense, learned, rows, stored, stores
from fidelity.tensor_support import outcomes

TABLE = [[1, 4], [2, 1], [3, 4], [4, 4], [2, 5.0]]


def _head(mx, shape):
    return mx.nd.array(np.arange(1, np.prod(shape) + 1).reshape(shape) / 4)


def gradients_of_products(mx):
    x = csr(mx)
    wide, tall = np.arange(8).reshape(4, 2) + 1.0, np.arange(6).reshape(3, 2) + 1.0
    found = []
    for stype in (None, "row_sparse", "default"):
        found.append(learned(mx, dense(mx, wide), lambda w: mx.nd.dot(x, w), stype, _head(mx, (3, 2))))
        found.append(learned(mx, rows(mx, wide), lambda w: mx.nd.dot(x, w), stype, _head(mx, (3, 2))))
    for stype in (None, "default"):
        found.append(
            learned(mx, dense(mx, tall), lambda w: mx.nd.dot(x, w, transpose_a=True), stype, _head(mx, (4, 2)))
        )
    found.append(learned(mx, dense(mx, tall.T), lambda w: mx.nd.dot(w, x), None, _head(mx, (2, 4))))
    found.append(learned(mx, dense(mx, wide.T), lambda w: mx.nd.dot(w, x, transpose_b=True), None, _head(mx, (2, 3))))
    return found


def gradients_of_looking_up(mx):
    ids = mx.nd.array([[1, 3], [3, 0]])
    given = {"input_dim": 5, "output_dim": 2, "sparse_grad": True}

    def twice(w):
        return mx.nd.Embedding(ids, w, **given) * 2 + mx.nd.Embedding(ids + 1, w, **given)

    found = []
    for make, stype in ((dense, "row_sparse"), (rows, None), (rows, "row_sparse")):
        for call in (
            lambda w: mx.nd.Embedding(ids, w, **given),
            lambda w: mx.nd.sparse.Embedding(ids, w, **given),
            twice,
        ):
            found.append(learned(mx, make(mx, TABLE), call, stype, _head(mx, (2, 2, 2))))
    some = mx.nd.sparse.row_sparse_array((np.ones((2, 2), "float32"), [1, 3]), shape=(5, 2))
    found.append(learned(mx, some, lambda w: mx.nd.Embedding(ids, w, **given)))
    found.append(
        learned(mx, dense(mx, TABLE), lambda w: mx.nd.Embedding(ids, w, **given).sum() + (w * w).sum(), "row_sparse")
    )
    return found


def gradients_as_results(mx):
    ids, found = mx.nd.array([1, 3, 3]), []
    for stype in (None, "row_sparse"):
        w = dense(mx, TABLE)
        w.attach_grad(stype=stype)
        with mx.autograd.record():
            y = mx.nd.Embedding(ids, w, input_dim=5, output_dim=2, sparse_grad=True)
        found.append(stored(mx.autograd.grad(y, [w])))
    return found


def buffers(mx):
    found = []
    for make in (dense, csr, rows):
        for stype in (None, "default", "row_sparse", "csr"):
            if (make, stype) not in ((csr, "row_sparse"), (rows, "csr")):
                array = make(mx)
                array.attach_grad(stype=stype)
                found.append(stored(array.grad))
    return found


def gradients_in_other_storage(mx):
    return [
        learned(mx, dense(mx), lambda w: w * w, "row_sparse"), learned(mx, dense(mx), lambda w: w * w, "csr"),
        learned(mx, csr(mx), lambda w: w * 2), learned(mx, csr(mx), mx.nd.square), learned(mx, rows(mx), mx.nd.square),
        learned(mx, rows(mx), mx.nd.sum), learned(mx, rows(mx), mx.nd.exp),
        learned(mx, csr(mx), lambda w: mx.nd.sum(w, axis=1)), learned(mx, rows(mx), lambda w: mx.nd.elemwise_add(w, w)),
        learned(mx, rows(mx), lambda w: mx.nd.elemwise_add(w, mx.nd.ones((3, 4)))),
        learned(mx, dense(mx), lambda w: mx.nd.cast_storage(w, "row_sparse")),
        learned(mx, rows(mx), lambda w: w.tostype("default") * 3),
        learned(mx, rows(mx, TABLE), lambda w: mx.nd.sparse.retain(w, mx.nd.array([0, 2]))),
        learned(mx, rows(mx), lambda w: mx.nd._internal._square_sum(w, axis=1)),
        learned(mx, rows(mx), lambda w: mx.nd._internal._square_sum(w, axis=1, keepdims=True)),
    ]  # fmt: skip


def gradients_of_functions(mx):
    names = "abs sin tanh relu square negative log1p arctan sign identity zeros_like BlockGrad make_loss".split()
    found = {}
    for name in names:
        found[name] = [learned(mx, make(mx), getattr(mx.nd, name), None, _head(mx, (3, 4))) for make in (csr, rows)]
    for name, scalar in (("_mul_scalar", 2), ("_plus_scalar", 0), ("_greater_scalar", 0)):
        call = getattr(mx.nd._internal, name)
        found[name] = [learned(mx, make(mx), lambda w: call(w, scalar=scalar)) for make in (csr, rows)]
    return found


# --- updates --------------------------------------------------------------------------------------------------------


def _gradient(mx, indices):
    return mx.nd.sparse.row_sparse_array(([[1, 2], [3, 4.0]], list(indices)), shape=(5, 2))


OPTIMIZERS = (
    ("sgd", {}), ("sgd", {"momentum": 0.9}), ("sgd", {"momentum": 0.9, "lazy_update": False}), ("sgd", {"wd": 0.1}),
    ("sgd", {"wd": 0.1, "lazy_update": False}), ("sgd", {"wd": 0.1, "momentum": 0.5}), ("adam", {}),
    ("adam", {"wd": 0.1}),
    ("adam", {"lazy_update": False}), ("adagrad", {}), ("ftrl", {}), ("ftrl", {"wd": 0.1}), ("groupadagrad", {}),
    ("nag", {"momentum": 0.9}), ("rmsprop", {}), ("adadelta", {}), ("signum", {}), ("nadam", {}), ("lamb", {}),
)  # fmt: skip


def optimizers(mx):
    found = []
    for name, given in OPTIMIZERS:
        for make in (dense, rows):
            clipped = {} if name == "groupadagrad" else {"rescale_grad": 0.5, "clip_gradient": 1.2}
            update = mx.optimizer.get_updater(mx.optimizer.create(name, learning_rate=0.1, **clipped, **given))
            weight = make(mx, TABLE)
            for indices in ((1, 3), (1, 4)):
                update(0, _gradient(mx, indices), weight)
            found.append([weight, update.states[0]])
    return found


def update_operators(mx):
    def updated(name, *states, make=dense, **given):
        weight = make(mx, TABLE)
        getattr(mx.nd.sparse, name)(weight, _gradient(mx, (1, 3)), *states, lr=0.1, out=weight, **given)
        return [weight, *states]

    def none():
        return mx.nd.sparse.zeros("row_sparse", (5, 2))

    def zeros():
        return mx.nd.zeros((5, 2))

    return [
        updated("sgd_update"), updated("sgd_update", make=rows, wd=0.1),
        updated("sgd_mom_update", zeros(), momentum=0.9),
        updated("sgd_mom_update", none(), make=rows, momentum=0.9), updated("adam_update", zeros(), zeros()),
        updated("adam_update", none(), none(), make=rows), updated("adagrad_update", zeros()),
        updated("adagrad_update", none(), make=rows), updated("ftrl_update", none(), none(), make=rows),
        updated("sgd_update", lazy_update=False, wd=0.1),
        *outcomes(
            lambda: mx.nd.sgd_update(dense(mx, TABLE), _gradient(mx, (1, 3)), lr=0.1),
            lambda: mx.nd.sgd_update(_gradient(mx, (0, 1)), _gradient(mx, (1, 3)), lr=0.1, out=_gradient(mx, (0, 1))),
        ),
    ]  # fmt: skip


# --- stores ---------------------------------------------------------------------------------------------------------


def _pulled(mx, store, key, ids):
    out = mx.nd.sparse.zeros("row_sparse", (5, 2))
    store.row_sparse_pull(key, out=out, row_ids=mx.nd.array(ids))
    return out


def rows_from_a_store(mx):
    store = mx.kv.create("local")
    store.init("w", rows(mx, TABLE))
    store.init("d", dense(mx, TABLE))
    outs = [mx.nd.sparse.zeros("row_sparse", (5, 2)) for _ in range(2)]
    store.row_sparse_pull("w", out=outs, row_ids=[mx.nd.array([1]), mx.nd.array([2, 0])])
    found = [
        *stores(*(lambda k=k, i=i: _pulled(mx, store, k, i) for k in "wd" for i in ([3, 1, 3], [[3, 1], [0, 1]]))),
        stored(outs),
        *outcomes(
            lambda: store.row_sparse_pull("w", out=outs[0]),
            lambda: store.row_sparse_pull("w", row_ids=mx.nd.array([1])),
            lambda: store.row_sparse_pull("w", out=mx.nd.zeros((5, 2)), row_ids=mx.nd.array([1])),
            lambda: store.row_sparse_pull("x", out=outs[0], row_ids=mx.nd.array([1])),
        ),
    ]  # fmt: skip
    for out in (mx.nd.zeros((5, 2)), mx.nd.sparse.zeros("row_sparse", (5, 2))):
        store.pull("w", out=out, ignore_sparse=False)
        found.append(stored(out))
    return found


def rows_into_a_store(mx):
    store = mx.kv.create("local")
    store.init("w", rows(mx, TABLE))
    store.init("d", dense(mx, TABLE))
    found = []
    for key in "wd":
        for pushed in (_gradient(mx, (1, 3)), [_gradient(mx, (1, 3)), _gradient(mx, (1, 4))]):
            store.push(key, pushed)
            out = mx.nd.zeros((5, 2))
            store.pull(key, out=out, ignore_sparse=False)
            found.append(out)
    return found


def a_store_that_updates(mx):
    store = mx.kv.create("local")
    store.init("w", rows(mx, TABLE))
    store.set_optimizer(mx.optimizer.create("sgd", learning_rate=0.1, momentum=0.5))
    found = []
    for _ in range(2):
        store.push("w", [_gradient(mx, (1, 3)), _gradient(mx, (1, 4))])
        found.append(stored(_pulled(mx, store, "w", [0, 1, 2, 3, 4])))
    return found


# --- parameters and layers ------------------------------------------------------------------------------------------


def a_parameter_of_rows(mx):
    weight = mx.gluon.Parameter("w", shape=(5, 2), stype="row_sparse", grad_stype="row_sparse", init="ones")
    weight.initialize()
    found = [
        *outcomes(lambda: weight.data(), lambda: weight.list_data(), lambda: weight.row_sparse_data(mx.nd.array([1]))),
        stored(weight.grad()), stored(weight.list_grad()), repr(weight),
    ]  # fmt: skip
    trainer = mx.gluon.Trainer([weight], "sgd", {"learning_rate": 0.1})
    ids = mx.nd.array([3, 1, 3])
    found += [stored(weight.row_sparse_data(ids)), stored(weight.list_row_sparse_data(mx.nd.array([1])))]
    found.append(weight.var().attr("__storage_type__"))
    for _ in range(2):
        some = weight.row_sparse_data(ids)
        with mx.autograd.record():
            y = mx.nd.Embedding(ids, some, input_dim=5, output_dim=2, sparse_grad=True) ** 2
        y.backward()
        found.append(stored(weight.grad()))
        trainer.step(1)
        found.append(stored(weight.row_sparse_data(mx.nd.arange(5))))
    weight.zero_grad()
    found.append(stored(weight.grad()))
    weight.set_data(mx.nd.ones((5, 2)) * 3)
    found.append(stored(weight.row_sparse_data(ids)))
    found += outcomes(lambda: mx.gluon.Trainer([weight], "sgd"), lambda: mx.gluon.Parameter("x", stype="foo"))
    plain = mx.gluon.Parameter("p", shape=(2, 2))
    plain.initialize()
    return found + outcomes(
        lambda: plain.row_sparse_data(ids), lambda: plain.list_row_sparse_data(ids),
        lambda: mx.gluon.Parameter("x", grad_stype="foo"),
    )  # fmt: skip


def _trained(mx, layer, optimizer, given, store, steps=3):
    layer.initialize()
    trainer = mx.gluon.Trainer(layer.collect_params(), optimizer, given, kvstore=store)
    for step in range(steps):
        with mx.autograd.record():
            loss = (layer(mx.nd.array([1, 3 + step % 2])) ** 2).sum()
        loss.backward()
        trainer.step(2)
    return layer.weight


def a_layer_with_sparse_gradients(mx):
    found = []
    for store in ("device", "local", None):
        for hybrid in (False, True):
            for optimizer, given in (
                ("adam", {"learning_rate": 0.1}),
                ("sgd", {"learning_rate": 0.1, "momentum": 0.9}),
            ):
                layer = mx.gluon.nn.Embedding(5, 2, sparse_grad=True, weight_initializer="ones")
                if hybrid:
                    layer.hybridize()
                weight = _trained(mx, layer, optimizer, given, store)
                found.append([weight.data(), stored(weight.grad())])
    return found


def a_layer_of_rows(mx):
    import os
    import tempfile

    from mxnet.gluon.contrib.nn import SparseEmbedding

    found = []
    for optimizer in ("sgd", "adam", "adagrad", "ftrl"):
        layer = SparseEmbedding(5, 2, weight_initializer="ones")
        weight = _trained(mx, layer, optimizer, {"learning_rate": 0.1}, "device")
        found += [repr(layer), stored(weight.grad()), stored(weight.row_sparse_data(mx.nd.arange(5)))]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.params")
        layer.save_parameters(path)
        found.append({name: stored(array) for name, array in mx.nd.load(path).items()})
        layer.load_parameters(path)
    found.append(layer(mx.nd.array([1, 2])))
    other = SparseEmbedding(5, 2)
    other.initialize()
    return found + outcomes(lambda: other(mx.nd.array([1])))


def a_linear_model(mx):
    """Logistic regression on a csr matrix, its weight and gradient of rows."""
    x, y = csr(mx, [[0, 1, 0, 2], [1, 0, 0, 0], [3, 0, 0, 4], [0, 0, 0, 0.0]]), mx.nd.array([[1], [0], [1], [0]])
    weight, bias = mx.nd.ones((4, 1)).tostype("row_sparse") * 0.1, mx.nd.zeros((1,))
    weight.attach_grad()
    bias.attach_grad()
    update = mx.optimizer.get_updater(mx.optimizer.create("sgd", learning_rate=0.5))
    found = []
    for _ in range(4):
        with mx.autograd.record():
            score = mx.nd.broadcast_add(mx.nd.sparse.dot(x, weight), bias)
            loss = (mx.nd.Activation(score, act_type="softrelu") - y * score).mean()
        loss.backward()
        update(0, weight.grad, weight)
        update(1, bias.grad, bias)
        found += [loss, stored(weight.grad)]
    return [*found, weight, bias, mx.nd.dot(csr(mx, OTHER), weight)]
