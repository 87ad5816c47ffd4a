"""The array of `mx.np`: made, shown, indexed, converted, calculated with."""

import numpy as np

from fidelity.np_support import DTYPES, after, answers
from fidelity.support import data

X = data((3, 4), 1)
I = np.arange(6, dtype="int32").reshape(2, 3)  # noqa: E741


def creation(mx):
    return answers(
        mx,
        """np.array([1, 2, 3])
        np.array([[1, 2], [3, 4]], dtype='int32')
        np.array(3)
        np.array(2.5)
        np.array([])
        np.array(True)
        np.array([True, False])
        np.array(onp.array([1, 2]))
        np.array(onp.array([1.5, 2]))
        np.array(onp.float64(1.5))
        np.array(onp.ones(2, dtype='float16'))
        np.array((1, (2)))
        np.array([np.array(1), np.array(2)])
        np.array([np.ones(2), np.ones(2)])
        np.array(range(3))
        np.array(x)
        np.array(x, dtype='float64')
        np.array(i)
        np.array('x')
        np.zeros(3)
        np.zeros((2, 0))
        np.zeros(())
        np.zeros((2, 3), dtype='int64')
        np.zeros((2, 3), dtype=bool)
        np.zeros((2, 3), dtype=np.float16)
        np.ones((2, 1), dtype=np.int8)
        np.ones(2, order='F')
        np.zeros(-1)
        np.empty((2, 3)).shape
        np.empty(2, dtype='int32').dtype
        np.full((2, 2), 7)
        np.full((2, 2), 7.5)
        np.full((2, 2), True)
        np.full((2, 2), 7, dtype='int32')
        np.full((2, 3), i)
        np.zeros_like(x)
        np.zeros_like(i)
        np.ones_like(i, dtype='float32')
        np.ones_like(i)
        np.full_like(i, 2.5)
        np.full_like(x, 3, dtype='int32')
        np.empty_like(i).dtype
        np.arange(3)
        np.arange(1, 7, 2)
        np.arange(0, 1, 0.25)
        np.arange(3, dtype='int32')
        np.arange(3, 0)
        np.arange(3, 0, -1)
        np.arange(0, 3, 0)
        np.arange(0.5)
        np.linspace(0, 1, 5)
        np.linspace(0, 1, 4, endpoint=False)
        np.linspace(0, 1, 5, retstep=True)
        np.linspace(0, 10, 3, dtype='int32')
        np.linspace(0, 1, 0)
        np.logspace(0, 2, 3)
        np.logspace(0, 2, 3, base=2)
        np.eye(3)
        np.eye(2, 3, 1)
        np.eye(3, k=-1, dtype='int32')
        np.identity(2)
        np.indices((2, 2))
        np.indices((2, 2), dtype='float32')
        np.hanning(5)
        np.hamming(5)
        np.blackman(5)
        np.copy(x)""",
        x=X,
        i=I,
    )


def of_every_dtype(mx):
    mx.npx.set_np()
    found = {}
    for dtype in DTYPES:
        x = mx.np.array([0, 1, 2], dtype=dtype)
        found[dtype] = (
            x,
            x.dtype,
            repr(x),
            str(x),
            repr(x[1]),
            x.astype("float32"),
            x.asnumpy(),
            x[1].item(),
            x.tolist(),
        )
    return found


def printing(mx):
    return answers(
        mx,
        """repr(np.zeros(2))
        repr(np.zeros(()))
        repr(np.zeros((0, 2)))
        repr(np.array([1e-5, 1e5]))
        repr(np.array([1.0, np.nan, np.inf]))
        repr(np.arange(2000))
        repr(x)
        str(x)
        repr(i)
        str(i)
        repr(x > 0)
        repr(x.astype('float64'))
        repr(x.astype('float16'))
        repr(i.astype('int64'))
        repr(np.zeros((2, 40), dtype='float64'))
        repr(np.zeros((1, 70), dtype='int8'))
        '%s' % x[0, 0]
        '{}'.format(np.array(1.5))
        '{:.3f}'.format(np.array(1.5))
        f'{np.array(2.0):.1f}'
        '{:.3f}'.format(np.array([1.5]))
        '{}'.format(np.array([1.5, 2]))
        '%.2f' % np.array(1.5)
        '%d' % np.array(3, dtype='int32')""",
        x=X,
        i=I,
    )


def properties(mx):
    return answers(
        mx,
        """x.shape
        x.size
        x.ndim
        x.dtype
        x.T
        i.T
        x.T.shape
        len(x)
        len(np.array(1))
        x.context
        x.ctx
        x.stype
        np.array(1).shape
        np.array(1).size
        np.array(1).ndim
        [row for row in i]
        np.zeros((2, 0)).size
        x.grad
        x.dtype == np.float32
        x.dtype == 'float32'
        i.dtype == onp.int32""",
        x=X,
        i=I,
    )


def conversions(mx):
    return answers(
        mx,
        """x.asnumpy()
        x.tolist()
        i.tolist()
        x.item(1)
        x.item((1, 2))
        x.item(1, 2)
        x.item()
        one.item()
        float(one)
        int(one)
        bool(one)
        float(x)
        int(x)
        bool(x)
        float(i[1, 1])
        int(x[2, 0])
        bool(np.array(0))
        bool(np.array([]))
        bool(np.zeros(1))
        one.tolist()
        np.array(2.5).tolist()
        np.array(2.5).item()
        np.array(2, dtype='int32').item()
        x.astype('int32')
        x.astype(int)
        x.astype(np.float64)
        x.astype('float32', copy=False) is x
        x.astype('x')
        x.astype(bool)
        x.as_nd_ndarray()
        x.as_nd_ndarray().as_np_ndarray()
        x.as_in_ctx(mx.cpu()) is x
        x.copyto(mx.cpu())
        x.copy()
        [1, 2, 3][np.array(1)]
        x in [x]
        round(np.array(2.567), 1)
        onp.sum(x)
        onp.mean(x, axis=0)
        onp.concatenate([x, x])
        onp.exp(x)
        onp.add(x, x)
        onp.maximum(x, 0)
        onp.stack([i, i])
        onp.linalg.norm(x)
        onp.add(x, onp.ones(4))
        onp.isnan(x)
        onp.sqrt(onp.ones(2))""",
        x=X,
        i=I,
        one=np.array([2.5], "float32"),
    )


def indexing(mx):
    return answers(
        mx,
        """x[0]
        x[-1]
        x[3]
        x[-4]
        x[1, 2]
        x[1, 4]
        x[0, 0, 0]
        x[1:]
        x[:, 1]
        x[:, 1:3]
        x[::2]
        x[::-1]
        x[:, ::-1]
        x[..., 0]
        x[None]
        x[:, None, 1]
        x[np.newaxis, ..., np.newaxis].shape
        x[()]
        x[...]
        x[[0, 2]]
        x[[0, 2], [1, 3]]
        x[[0, 2], 1:]
        x[:, [1, 1, 0]]
        x[np.array([0, 2])]
        x[np.array([0, 2], dtype='int32')]
        x[np.array([[0, 2], [1, 1]], dtype='int64')]
        x[onp.array([0, 2])]
        x[np.array([5])]
        x[(0, 2), ]
        x[1, [0, 1]]
        x[x > 0]
        x[x > 5]
        x[np.array([True, False, True])]
        x[onp.array([True, False, True])]
        x[[True, False, True]]
        x[:, np.array([True, False, True, False])]
        x[np.array([True, False])]
        x[np.array([True, False, True]), 1]
        x[np.array([True, False, True]), :2]
        x[True]
        x[False]
        x[x[0] > 0]
        x[np.array(1, dtype='int32')]
        x[np.array(1)]
        x[np.int32(1)]
        x[1.5]
        x['a']
        x[5:]
        x[-2:]
        x[:-1, -1]
        s[()]
        s[0]
        i[i % 2 == 0]
        i[0][1]
        i[np.array([], dtype='int32')]
        i[[]]
        i[np.nonzero(i)]
        y[0, :, 1]
        y[:, 1]
        y[..., 1]
        y[0, [0, 1], [1, 2]]
        y[[0, 1], :, [1, 2]]
        y[:, [0, 1], [1, 2]]
        y[y[..., 0] > 0]
        y[y[..., 0] > 0, 1]
        y[0][y[0] > 0]
        y[:, np.array([[True, False, True, True], [False, False, False, True], [True, False, False, False]])]""",
        x=X,
        i=I,
        s=np.array(2.5, "float32"),
        y=data((2, 3, 4), 2),
    )


def assignment(mx):
    return after(
        mx,
        """x[0] = 1
        x[0] = i
        x[0, 1] = 7.5
        x[:] = 2
        x[...] = 2
        x[()] = 2
        x[:, 1] = np.array([1, 2, 3])
        x[:, 1] = [1, 2, 3]
        x[:, 1] = onp.array([1, 2, 3])
        x[1:] = np.array([1, 2, 3, 4])
        x[::2] = 0
        x[::-1] = np.ones((3, 4))
        x[::-1, 0] = np.array([1, 2, 3])
        x[[0, 2]] = 5
        x[[0, 2], [1, 3]] = np.array([5, 6])
        x[[0, 2], 1] = 5
        x[np.array([0, 1])] = np.zeros((2, 4))
        x[x > 0] = 0
        x[x > 0] = -x[x > 0]
        x[x > 0] = np.array(3)
        x[x < -5] = 1
        x[np.array([True, False, True])] = 4
        x[np.array([True, False, True])] = np.ones((2, 4))
        x[:, np.array([True, False, True, False])] = 9
        x[5] = 1
        x[0] = np.zeros(3)
        x[0] = 'a'
        x[0, 0] = True
        x[0] = np.zeros((1, 4))
        x[0] = np.zeros((2, 4))
        x[0:2] = x[1:3]
        i[0] = 2.7
        i[0, 0] = np.array(9.9)
        i[i > 2] = 100
        i[:] = np.array([1.5, 2.5, 3.5])
        s[()] = 4
        s[:] = 4
        b[0] = 2
        b[b] = False""",
        x=X,
        i=I,
        s=np.array(2.5, "float32"),
        b=np.array([True, False, True]),
    )


def views(mx):
    return after(
        mx,
        """v = x[0]; v[:] = 5
        v = x[1:]; v[:] = 5
        v = x[:, 1]; v[:] = 5
        v = x[::2]; v[:] = 5
        v = x[None]; v[:] = 5
        v = x[...]; v[:] = 5
        v = x[()]; v[:] = 5
        v = x.reshape(4, 3); v[:] = 5
        v = x.reshape(12); v[:] = 5
        v = np.reshape(x, (4, 3)); v[:] = 5
        v = x.T; v[:] = 5
        v = x.transpose(); v[:] = 5
        v = x.swapaxes(0, 1); v[:] = 5
        v = x.squeeze(); v[:] = 5
        v = x.flatten(); v[:] = 5
        v = np.ravel(x); v[:] = 5
        v = np.expand_dims(x, 0); v[:] = 5
        v = x.copy(); v[:] = 5
        v = x.detach(); v[:] = 5
        v = np.array(x); v[:] = 5
        v = x.astype('float32', copy=False); v[:] = 5
        v = x.as_nd_ndarray(); v[:] = 5
        v = x.asnumpy(); v[:] = 5
        v = np.split(x, 3)[0]; v[:] = 5
        v = np.broadcast_to(x, (1, 3, 4)); v[:] = 5
        v = x[x < 9]; v[:] = 5
        v = x; v += 1
        v = x[0]; v *= 2
        v = np.diag(x); v[:] = 5
        v = np.atleast_2d(x); v[:] = 5
        v = np.atleast_3d(x); v[:] = 5
        v = x.reshape_view(4, 3); v[:] = 5
        v = npx.reshape(x, (4, 3)); v[:] = 5
        v = np.concatenate([x]); v[:] = 5
        v = np.moveaxis(x, 0, 1); v[:] = 5""",
        x=X,
    )


def methods(mx):
    return answers(
        mx,
        """x.sum()
        x.sum(axis=0)
        x.sum(1, keepdims=True)
        x.mean()
        x.mean(axis=1)
        x.max()
        x.min(axis=0)
        x.argmax()
        x.argmax(axis=1)
        x.argmin()
        x.argmin(0)
        x.std()
        x.var(axis=0, ddof=1)
        x.prod()
        i.sum()
        i.mean()
        i.prod(axis=0)
        x.cumsum()
        x.cumsum(axis=1)
        x.clip(-0.5, 0.5)
        x.clip(min=0)
        x.round(1)
        x.reshape(4, 3)
        x.reshape((4, 3))
        x.reshape(-1)
        x.reshape(2, -1)
        x.reshape(5, 2)
        x.reshape(())
        x.reshape((-2, 3))
        x.reshape(4, 3, order='F')
        one.reshape(())
        x.reshape(shape=(4, 3))
        x.reshape(newshape=(4, 3))
        x.transpose(1, 0)
        x.transpose((1, 0))
        x.transpose()
        x.transpose(None)
        x.transpose(0, 0)
        x.swapaxes(0, 1)
        x.flatten()
        x.flatten(order='F')
        x.squeeze()
        one.squeeze()
        x.squeeze(0)
        x.repeat(2)
        x.repeat(2, axis=0)
        x.take(np.array([0, 1]))
        x.take(np.array([0, 1]), axis=1)
        x.dot(np.ones(4))
        x.dot(x.T)
        x.argsort()
        x.argsort(axis=0)
        x.nonzero()
        x.all()
        (x > 0).any(axis=0)
        x.broadcast_to((2, 3, 4))
        x.copyto(np.zeros((3, 4)))
        x.asnumpy().shape
        x.attach_grad()
        x.wait_to_read()
        x.squeeze(axis=3)""",
        x=X,
        i=I,
        one=np.array([[2.5]], "float32"),
    )
