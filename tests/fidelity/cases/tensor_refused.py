"""Calls that MXNet refuses, and with what class of error."""

from fidelity.np_support import _answer


def refused(mx):
    x = mx.nd.arange(10)
    names = {"mx": mx, "nd": mx.nd, "np": mx.np, "npx": mx.npx, "x": x}
    expressions = """x.reshape((1, 2))
        x.reshape((3, -1))
        x.reshape(3)
        x.reshape((20,))
        x.reshape((2, 6))
        x.reshape(())
        x.reshape((2, -1)).shape
        x.reshape((10,)).shape
        nd.concatenate([])
        nd.zeros(())
        nd.moveaxis(nd.ones((2, 3, 4)), (0, 1), (1, 1))
        np.moveaxis(np.ones((2, 3, 4)), (0, 1), (1, 1))
        nd.diag(nd.ones((2, 3)), k=5)
        nd.diag(nd.ones((2, 3)), k=-5)
        nd.diag(nd.ones((2, 3)), k=2)
        nd.diag(nd.ones((2,)), k=5).shape"""
    return {line.strip(): _answer(line.strip(), names) for line in expressions.splitlines()}
