"""When running statistics move: recorded, differentiated, in every kind of graph."""

from __future__ import annotations

import itertools

from fidelity.support import data

SHAPE = (4, 3, 5, 5)


def _arrays(mx):
    return mx.nd.array(data(SHAPE, 1, 1, 5)), mx.nd.array(data(SHAPE, 2, -8, -2))


def _norm(mx, **mode):
    net = mx.gluon.nn.BatchNorm(in_channels=3)
    net.initialize()
    if mode:
        net.hybridize(**mode)
    return net


def _stated(mx, net):
    mx.nd.waitall()
    return net.running_mean.data().copy(), net.running_var.data().copy()


def _every_kind(case):
    def run(mx):
        modes = ({}, {"active": True}, {"static_alloc": True, "static_shape": True})
        return [case(mx, _norm(mx, **mode)) for mode in modes]

    return run


def _recorded(mx, net, x, **mode):
    with mx.autograd.record(**mode):
        return net(x)


@_every_kind
def forward_alone(mx, net):
    x, _ = _arrays(mx)
    out = _recorded(mx, net, x)
    found = [_stated(mx, net), net(x)]
    out.backward()
    return [*found, _stated(mx, net), net(x)]


@_every_kind
def values_of_the_backward(mx, net):
    out = _recorded(mx, net, _arrays(mx)[0])
    net.running_mean.set_data(mx.nd.ones(3))
    out.backward()
    return _stated(mx, net)


@_every_kind
def backward_twice(mx, net):
    out = _recorded(mx, net, _arrays(mx)[0])
    out.backward(retain_graph=True)
    found = _stated(mx, net)
    out.backward()
    return found, _stated(mx, net)


@_every_kind
def two_calls(mx, net):
    x, y = _arrays(mx)
    with mx.autograd.record():
        out = net(x) + 2 * net(y)
    out.backward()
    return _stated(mx, net)


@_every_kind
def modes_that_leave_them(mx, net):
    x, _ = _arrays(mx)
    with mx.autograd.train_mode():
        net(x).wait_to_read()
    found = [_stated(mx, net)]
    _recorded(mx, net, x, train_mode=False).backward()
    found.append(_stated(mx, net))
    _recorded(mx, net, x).backward(train_mode=False)
    return [*found, _stated(mx, net)]


@_every_kind
def gradient_elsewhere(mx, net):
    x, _ = _arrays(mx)
    x.attach_grad()
    with mx.autograd.record():
        net(x)
        other = (x * 2).sum()
    other.backward()
    return _stated(mx, net)


@_every_kind
def gradient_of_the_data_alone(mx, net):
    net.collect_params().setattr("grad_req", "null")
    x, _ = _arrays(mx)
    x.attach_grad()
    out = _recorded(mx, net, x)
    out.backward()
    return _stated(mx, net)


@_every_kind
def gradients_asked_for(mx, net):
    out = _recorded(mx, net, _arrays(mx)[0])
    found = mx.autograd.grad([out], [net.beta.data()])
    return found, _stated(mx, net)


def _bound(mx, request="write"):
    symbol = mx.sym.BatchNorm(mx.sym.Variable("data"), fix_gamma=False, momentum=0.75, name="bn")
    executor = symbol.simple_bind(mx.cpu(), grad_req=request, data=SHAPE)
    executor.arg_dict["data"][:] = _arrays(mx)[0]
    executor.arg_dict["bn_gamma"][:] = 1
    executor.aux_dict["bn_moving_var"][:] = 1
    return executor


def _of(mx, executor):
    mx.nd.waitall()
    return executor.aux_dict["bn_moving_mean"].copy(), executor.aux_dict["bn_moving_var"].copy()


def executor(mx):
    bound, ones = _bound(mx), mx.nd.ones(SHAPE)
    bound.forward(is_train=True)
    found = [_of(mx, bound)]
    bound.backward(ones)
    found.append(_of(mx, bound))
    bound.forward(is_train=True)
    bound.forward(is_train=True)
    bound.backward(ones)
    return [*found, _of(mx, bound)]


def executor_for_prediction(mx):
    bound, ones = _bound(mx), mx.nd.ones(SHAPE)
    bound.forward(is_train=False)
    bound.backward(ones)
    found = [_of(mx, bound)]
    bound.forward(is_train=True)
    bound.forward(is_train=False)
    bound.backward(ones)
    found.append(_of(mx, bound))
    bound.forward(is_train=True)
    bound.backward(ones, is_train=False)
    return [*found, _of(mx, bound)]


def executor_with_new_states_between(mx):
    bound = _bound(mx)
    bound.forward(is_train=True)
    bound.aux_dict["bn_moving_mean"][:] = 1
    bound.backward(mx.nd.ones(SHAPE))
    return _of(mx, bound)


def executor_of_some_gradients(mx):
    found = []
    for wanted in ("data", "bn_gamma", "bn_beta", None):
        request = {name: "write" if name == wanted else "null" for name in ("data", "bn_gamma", "bn_beta")}
        bound = _bound(mx, request)
        bound.forward(is_train=True)
        bound.backward(mx.nd.ones(SHAPE))
        found.append(_of(mx, bound))
    return found


def mean_activations(mx):
    symbol = mx.sym.IdentityAttachKLSparseReg(mx.sym.sigmoid(mx.sym.Variable("data")), name="kl", penalty=0.1)
    bound = symbol.simple_bind(mx.cpu(), data=(4, 3))
    bound.arg_dict["data"][:] = data((4, 3))
    found = []
    for _ in range(2):
        bound.forward(is_train=True)
        mx.nd.waitall()
        found.append(bound.aux_dict["kl_moving_avg"].copy())
        bound.backward(mx.nd.ones((4, 3)))
        mx.nd.waitall()
        found += [bound.aux_dict["kl_moving_avg"].copy(), bound.grad_dict["data"].copy()]
    return found


def _branches(mx, first, order, both, learned, hybrid):
    """What a batch norm used on two branches of a network has seen after a step, the branches in some order."""
    nn = mx.gluon.nn

    class Branches(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__(prefix="net_")
            with self.name_scope():
                self.norm = nn.BatchNorm(momentum=0.5, in_channels=1)
                self.one, self.other = nn.Dense(1, in_units=1), nn.Dense(1, in_units=1)

        def hybrid_forward(self, F, x):
            parts = {}
            for part in "ab" if first else "ba":
                inner = self.one(x) if part == "a" else self.other(x) if both else x
                parts[part] = F.relu(self.norm(inner))
            heads = [parts["ab"[place]] for place in order]
            return F.concat(*heads) if len(order) == 2 else F.broadcast_add(heads[0], heads[1]) * heads[2]

    net = Branches()
    net.initialize(mx.init.One())
    net.one.weight.set_data(mx.nd.array([[1.5]]))
    net.other.bias.set_data(mx.nd.array([-0.5]))
    if hybrid:
        net.hybridize()
    x = mx.nd.array([[0.25], [-1.25]])
    if learned:
        x.attach_grad()
    _recorded(mx, net, x).backward()
    return _stated(mx, net.norm)


def two_branches(mx):
    cases = itertools.product((0, 1), ((0, 1), (1, 0), (0, 1, 0), (1, 0, 1)), (0, 1), (0, 1), (0, 1))
    return [_branches(mx, *case) for case in cases]


def executor_of_two_branches(mx):
    found = []
    for order in ((0, 1), (1, 0)):
        for learned in ("write", "null"):
            x = mx.sym.Variable("data")
            states = [mx.sym.Variable(name) for name in ("gamma", "beta", "mean", "var")]
            inner = mx.sym.FullyConnected(x, num_hidden=1, name="fc")
            parts = [mx.sym.BatchNorm(each, *states, momentum=0.5, fix_gamma=False) for each in (x, inner)]
            joined = mx.sym.Concat(*(parts[place] for place in order))
            request = dict.fromkeys(joined.list_arguments(), "write") | {"data": learned}
            bound = joined.simple_bind(mx.cpu(), grad_req=request, data=(2, 1))
            for name, array in bound.arg_dict.items():
                array[:] = mx.nd.array([[0.25], [-1.25]]) if name == "data" else 1.5
            bound.forward(is_train=True)
            bound.backward(mx.nd.ones((2, 2)))
            mx.nd.waitall()
            found += [bound.aux_dict["mean"].copy(), bound.aux_dict["var"].copy()]
    return found
