"""Recording, modes, gradient buffers, heads, higher order, functions of one's own."""

import numpy as np


def simple(mx):
    x = mx.nd.array([1, 2, 3])
    x.attach_grad()
    with mx.autograd.record():
        y = x * x + 2 * x
    y.backward()
    return y, x.grad


def head_gradient(mx):
    x = mx.nd.array([1, 2, 3])
    x.attach_grad()
    with mx.autograd.record():
        y = x * x
    y.backward(mx.nd.array([10, 1, 0.1]))
    return x.grad


def several_heads(mx):
    x = mx.nd.array([1, 2, 3])
    x.attach_grad()
    with mx.autograd.record():
        y, z = x * x, x * 3
    mx.autograd.backward([y, z], [mx.nd.ones(3), None])
    return x.grad


def _twice(mx, grad_req):
    x = mx.nd.array([1, 2])
    x.attach_grad(grad_req=grad_req)
    for _ in range(2):
        with mx.autograd.record():
            y = x * x
        y.backward()
    return x.grad


def write_and_add(mx):
    return _twice(mx, "write"), _twice(mx, "add")


def null_gradient(mx):
    x, w = mx.nd.array([1, 2]), mx.nd.array([3, 4])
    x.attach_grad("null")
    w.attach_grad()
    with mx.autograd.record():
        y = x * w
    y.backward()
    return w.grad


def unknown_grad_req(mx):
    return mx.nd.ones(1).attach_grad("foo")


def buffer_is_kept(mx):
    x = mx.nd.array([1, 2])
    x.attach_grad()
    before = x.grad
    with mx.autograd.record():
        y = x * 3
    y.backward()
    return before, before is x.grad or before.asnumpy().tolist() == x.grad.asnumpy().tolist()


def unreached_variable_keeps_its_gradient(mx):
    x, z = mx.nd.array([1, 2]), mx.nd.array([1, 2])
    x.attach_grad()
    z.attach_grad()
    z.grad[:] = 7
    with mx.autograd.record():
        y = x * 3
    y.backward()
    return x.grad, z.grad


def outside_recording(mx):
    x = mx.nd.array([1, 2])
    x.attach_grad()
    return (x * 2).backward()


def second_backward(mx):
    x = mx.nd.array([1, 2])
    x.attach_grad()
    with mx.autograd.record():
        y = x * 2
    y.backward()
    y.backward()


def retained_graph(mx):
    x = mx.nd.array([1, 2])
    x.attach_grad()
    with mx.autograd.record():
        y = x * x
    y.backward(retain_graph=True)
    first = x.grad.copy()
    y.backward(mx.nd.array([5, 5]))
    return first, x.grad


def attached_midway(mx):
    x = mx.nd.array([1, 2])
    x.attach_grad()
    with mx.autograd.record():
        y = x * 2
        y.attach_grad()
        z = y * 3
    z.backward()
    return x.grad, y.grad


def detached(mx):
    x = mx.nd.array([1, 2])
    x.attach_grad()
    with mx.autograd.record():
        y = x * x
        z = y.detach() * x + mx.nd.BlockGrad(y)
    z.backward()
    return x.grad


def paused(mx):
    x = mx.nd.array([1, 2])
    x.attach_grad()
    with mx.autograd.record():
        y = x * x
        with mx.autograd.pause():
            z = y * 10
        w = y + z
    w.backward()
    return w, x.grad


def flags(mx):
    a = mx.autograd
    seen = [(a.is_recording(), a.is_training())]
    with a.record():
        seen.append((a.is_recording(), a.is_training()))
        with a.pause():
            seen.append((a.is_recording(), a.is_training()))
        with a.predict_mode():
            seen.append((a.is_recording(), a.is_training()))
    with a.record(train_mode=False):
        seen.append((a.is_recording(), a.is_training()))
        with a.pause(train_mode=True):
            seen.append((a.is_recording(), a.is_training()))
    with a.train_mode():
        seen.append((a.is_recording(), a.is_training()))
    previous = a.set_recording(True), a.set_training(True)
    seen.append((a.is_recording(), a.is_training()))
    a.set_recording(previous[0])
    a.set_training(previous[1])
    seen.append((a.is_recording(), a.is_training()))
    return seen


def grad_function(mx):
    x, w = mx.nd.array([1, 2]), mx.nd.array([3, 4])
    x.attach_grad()
    w.attach_grad()
    with mx.autograd.record():
        y = x * x * w
    of_both = mx.autograd.grad(y, [x, w], retain_graph=True)
    of_one = mx.autograd.grad([y], x, head_grads=[mx.nd.array([2, 2])])
    return of_both, of_one, x.grad


def second_order(mx):
    x = mx.nd.array([0.5, 1, 2])
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.sin(x)
        first = mx.autograd.grad(y, x, create_graph=True, retain_graph=True)
        z = first * first if not isinstance(first, list) else first[0] * first[0]
    z.backward()
    return first, x.grad


def marked_variables(mx):
    x, w = mx.nd.array([1, 2]), mx.nd.array([3, 4])
    gradients = [mx.nd.zeros(2), mx.nd.ones(2)]
    mx.autograd.mark_variables([x, w], gradients, ["write", "add"])
    with mx.autograd.record():
        y = x * w
    y.backward()
    return gradients


def own_function(mx):
    class Sigmoid(mx.autograd.Function):
        def forward(self, x):
            y = 1 / (1 + mx.nd.exp(-x))
            self.save_for_backward(y)
            return y

        def backward(self, dy):
            (y,) = self.saved_tensors
            return dy * y * (1 - y)

    x = mx.nd.array([-1, 0, 1])
    x.attach_grad()
    with mx.autograd.record():
        y = Sigmoid()(x) * 2
    y.backward()
    return y, x.grad


def own_function_of_two(mx):
    class Swap(mx.autograd.Function):
        def forward(self, a, b):
            return b * 1, a * 2

        def backward(self, da, db):
            return db * 10, da * 100

    x, w = mx.nd.array([1, 2]), mx.nd.array([3, 4])
    x.attach_grad()
    w.attach_grad()
    with mx.autograd.record():
        first, second = Swap()(x, w)
        y = first + 3 * second
    y.backward()
    return first, second, x.grad, w.grad


def assigned_after_recording(mx):
    x = mx.nd.array([1, 2, 3])
    x.attach_grad()
    with mx.autograd.record():
        y = x * x
    x[:] = 10
    y.backward()
    return x.grad


def updated_in_place(mx):
    w = mx.nd.array([1, 2, 3])
    w.attach_grad()
    losses = []
    for _ in range(5):
        with mx.autograd.record():
            loss = ((w - 1) ** 2).sum()
        loss.backward()
        w[:] = w - 0.3 * w.grad
        losses.append(loss)
    return losses, w


def gradients_of_integers_with_floats(mx):
    x = mx.nd.array([1.5, 2.5], dtype="float64")
    x.attach_grad()
    with mx.autograd.record():
        y = x.astype("float32") * 2
    y.backward()
    return y, x.grad


def broadcast_gradients(mx):
    x, w = mx.nd.array(np.arange(6).reshape(2, 3)), mx.nd.array([[2], [3]])
    x.attach_grad()
    w.attach_grad()
    with mx.autograd.record():
        y = x * w + w - x / w
    y.backward()
    return x.grad, w.grad
