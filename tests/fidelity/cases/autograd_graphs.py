"""What is in a recorded graph: freed parts, variables without a gradient, heads given twice, gradients of gradients."""

import numpy as np

from fidelity.support import data


def _variables(mx, *values):
    arrays = [mx.nd.array(value) for value in values]
    for array in arrays:
        array.attach_grad()
    return arrays


def _raised(call):
    try:
        return call()
    except RuntimeError:
        return "RuntimeError"


def truncated_backpropagation(mx):
    """A state that an earlier backward went through is where the next one ends."""
    (w,) = _variables(mx, [0.3])
    h, found = mx.nd.array([0.5]), []
    for _ in range(3):
        with mx.autograd.record():
            h = mx.nd.tanh(h * w + 0.1)
            loss = (h * 2).sum()
        loss.backward()
        found.append((w.grad.copy(), h.copy()))
    return found


def truncated_through_views_and_layers(mx):
    w, v = _variables(mx, data((3, 3)), data((3,), seed=1))
    h, found = mx.nd.array(data((2, 3), seed=2)), []
    for number in range(4):
        with mx.autograd.record():
            if number % 2:
                h = h.reshape((3, 2)).T.copy()
            first = h[0] * v
            h = mx.nd.FullyConnected(h, w, no_bias=True, num_hidden=3).tanh()
            loss = h.sum() + first.sum()
        loss.backward()
        found.append((w.grad.copy(), v.grad.copy(), h.copy()))
    return found


def truncated_through_a_hybridized_cell(mx):
    net = mx.gluon.rnn.GRUCell(4, input_size=3)
    net.initialize(mx.init.Uniform(0.5))
    net.hybridize()
    states, found = [mx.nd.zeros((2, 4))], []
    for number in range(3):
        with mx.autograd.record():
            out, states = net(mx.nd.array(data((2, 3), seed=number)), states)
            loss = (out * out).sum()
        loss.backward()
        found.append([(name[-10:], each.grad().copy()) for name, each in net.collect_params().items()])
    return found


def freed_head_of_the_next_recording(mx):
    (x,) = _variables(mx, [1.0, 2.0])
    with mx.autograd.record():
        h = x * x
    h.backward()
    with mx.autograd.record():
        y = h * 3
    return _raised(y.backward)


def one_loss_freed_and_the_other_not(mx):
    """Two graphs that share nothing but variables: one backward leaves the other alone."""
    x, w = _variables(mx, [1.0, 2.0], [3.0, 4.0])
    with mx.autograd.record():
        features = mx.nd.tanh(x * w)
        other = (w * w).sum()
    other.backward()
    with mx.autograd.record():
        loss = (features * 2).sum()
    loss.backward()
    return x.grad, w.grad


def twice(mx):
    found = []
    for make in (lambda x: (x * x).sum(), lambda x: x + 1, lambda x: x * 2, lambda x: x.reshape((2, 1)), mx.nd.tanh):
        (x,) = _variables(mx, [1.0, 2.0])
        with mx.autograd.record():
            y = make(x)
        y.backward(retain_graph=True)
        y.backward()
        found.append((_raised(y.backward), x.grad.copy()))
    return found


def variables_without_a_gradient(mx):
    """They get zeros where they are in the graph; those that are not keep what they had."""
    nd = mx.nd
    makers = [
        lambda w, v: nd.BlockGrad(w) * v, lambda w, v: nd.where(w, v, v),
        lambda w, v: nd.pick(v.reshape((1, 2)), w[0:1] - 1), lambda w, v: v * nd.argmax(w, axis=0),
        lambda w, v: nd.BlockGrad(w * v), lambda w, v: nd.argmax(w * v, axis=0), lambda w, v: w == v,
        lambda w, v: v * 1, lambda w, v: w.detach() * v, lambda w, v: nd.zeros_like(w) + v,
        lambda w, v: nd.one_hot(w, 2).sum() * v, lambda w, v: nd.take(v, w - 1),
        lambda w, v: nd.gather_nd(v, (w - 1).reshape((1, 2))), lambda w, v: nd.round(w) * v,
        lambda w, v: nd.sign(w) * v, lambda w, v: (w < v) * v, lambda w, v: nd.topk(w, k=1) * v, lambda w, v: v[w - 1],
        lambda w, v: nd.slice_like(v, w), lambda w, v: nd.reshape_like(v, w), lambda w, v: nd.broadcast_like(v[0:1], w),
        lambda w, v: nd.contrib.arange_like(w) * v, lambda w, v: v * w.astype("int32").astype("float32"),
    ]  # fmt: skip
    found = []
    for request in ("write", "add"):
        for make in makers if request == "write" else makers[:-1]:  # MXNet's casts do not add
            w, v = mx.nd.array([1.0, 2.0]), mx.nd.array([3.0, 4.0])
            for each in (w, v):
                each.attach_grad(request)
                each.grad[:] = 9
            with mx.autograd.record():
                y = make(w, v)
            y.backward()
            found.append((w.grad, v.grad))
    return found


def step_goes_on_behind_block_grad(mx):
    """Weight decay acts on a parameter whose gradient is held back."""
    net = mx.gluon.nn.Dense(2, in_units=2, use_bias=False)
    net.initialize(mx.init.One())
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5, "wd": 0.1})
    x = mx.nd.array([[1.0, 2.0]])
    for _ in range(2):
        with mx.autograd.record():
            loss = mx.nd.BlockGrad(net(x)).sum()
        loss.backward()
        trainer.step(1)
    return net.weight.data(), net.weight.grad()


def one_output_of_several(mx):
    """All parameters of a hybridized block are fresh, whichever outputs a loss uses; small graphs are an exception."""

    class Net(mx.gluon.HybridBlock):
        def __init__(self, small):
            super().__init__()
            self.small = small
            with self.name_scope():
                self.a, self.b, self.c = (mx.gluon.nn.Dense(size, in_units=2) for size in (2, 3, 4))

        def hybrid_forward(self, F, x):
            return [self.a(x), self.b(x)] if self.small else [self.a(x), [self.b(x), self.c(x)]]

    found = []
    for small in (False, True):
        net = Net(small)
        net.initialize(mx.init.One())
        net.hybridize()
        for each in net.collect_params().values():
            each.grad()[:] = 5
        trainer = mx.gluon.Trainer([net.a.weight, net.b.weight], "sgd", {"learning_rate": 0.1})
        with mx.autograd.record():
            out = net(mx.nd.ones((1, 2)))
            loss = (out[1] if small else out[1][0]).sum()
        loss.backward()
        try:
            trainer.step(1)
            found.append("stepped")
        except UserWarning:
            found.append("stale")
        found.append([each.grad() for each in net.collect_params().values()])
    return found


def heads_given_twice(mx):
    """The last head gradient counts."""
    nd, autograd = mx.nd, mx.autograd
    one, five, found = nd.ones(2), nd.ones(2) * 5, []
    for choose, gradients in (
        (lambda x, y, z: [y, y], [one, five]), (lambda x, y, z: [y, y], None),
        (lambda x, y, z: [y, z, y], [one, one, five]),
        (lambda x, y, z: [y, x], [one, five]), (lambda x, y, z: [y, y], [one, None]),
        (lambda x, y, z: [y, y * 1], [one, five]),
    ):  # fmt: skip
        (x,) = _variables(mx, [1.0, 2.0])
        with autograd.record():
            y, z = x * 2, x * 3
            heads = choose(x, y, z)
        autograd.backward(heads, gradients)
        found.append(x.grad)
    (x,) = _variables(mx, [1.0, 2.0])
    with autograd.record():
        y = x * 2
    return found, autograd.grad([y, y], [x], [one, five])[0]


def grad_of_what_gets_none(mx):
    x, y = _variables(mx, [1.0, 2.0], [3.0, 4.0])
    with mx.autograd.record():
        z = x * 2 + mx.nd.BlockGrad(y)
    found = mx.autograd.grad(z, [x, y])
    with mx.autograd.record():
        z = x * 2
    return found, _raised(lambda: mx.autograd.grad(z, [x, y]))


def gradients_of_gradients(mx):
    found = []
    for make in (mx.nd.tanh, mx.nd.sigmoid, mx.nd.exp, mx.nd.abs, mx.nd.relu, lambda x: mx.nd.clip(x, -0.5, 0.5)):
        (x,) = _variables(mx, data((2, 3)))
        with mx.autograd.record():
            (gradient,) = mx.autograd.grad(make(x), [x], create_graph=True, retain_graph=True)
            penalty = (gradient * gradient).sum()
        penalty.backward()
        found.append(x.grad)
    return found


def gradient_penalty_of_a_dense_layer(mx):
    x, w, b = _variables(mx, data((2, 3)), data((4, 3), seed=1), np.arange(4))
    with mx.autograd.record():
        y = mx.nd.FullyConnected(x, w, b, num_hidden=4)
        (gradient,) = mx.autograd.grad(y, [x], create_graph=True, retain_graph=True)
        penalty = (gradient * gradient).sum()
    penalty.backward()
    return x.grad, w.grad
