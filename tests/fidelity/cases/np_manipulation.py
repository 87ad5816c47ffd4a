"""Functions of `mx.np` that move elements about, and its products of arrays."""

from fidelity.np_support import answers
from fidelity.support import data

X = data((3, 4), 1)
Y = data((2, 3, 4), 2)
V = data((4,), 3)


def shapes(mx):
    return answers(
        mx,
        """np.reshape(x, (4, 3))
        np.reshape(x, -1)
        np.reshape(x, (2, -1))
        np.reshape(x, (5, 2))
        np.reshape(x, (-1, -1))
        np.reshape(x, newshape=(6, 2))
        np.ravel(x)
        np.ravel(x, order='F')
        np.transpose(x)
        np.transpose(y, (1, 0, 2))
        np.transpose(y, (0, 1))
        np.transpose(y, (-1, 0, 1))
        np.transpose(v)
        np.swapaxes(y, 0, 2)
        np.swapaxes(y, 0, -1)
        np.swapaxes(y, 0, 3)
        np.moveaxis(y, 0, 2)
        np.moveaxis(y, [0, 1], [-1, 0])
        np.moveaxis(y, 0, 5)
        np.rollaxis(y, 2)
        np.rollaxis(y, 0, 3)
        np.rollaxis(y, 1, -1)
        np.expand_dims(x, 0)
        np.expand_dims(x, -1)
        np.expand_dims(x, 4)
        np.squeeze(y[:1])
        np.squeeze(y[:1], axis=0)
        np.squeeze(y, axis=0)
        np.squeeze(np.ones((1, 1)))
        np.squeeze(np.ones((1, 2, 1)), axis=(0, 2))
        np.broadcast_to(v, (3, 4))
        np.broadcast_to(v, (2, 3, 4))
        np.broadcast_to(v, (4, 3))
        np.broadcast_to(2.0, (2, 2))
        np.broadcast_arrays(x, v)
        np.atleast_1d(np.array(1))
        np.atleast_2d(v)
        np.atleast_3d(v)
        np.atleast_3d(x)
        np.atleast_1d(np.array(1), v)""",
        x=X,
        y=Y,
        v=V,
    )


def joining(mx):
    return answers(
        mx,
        """np.concatenate([x, x])
        np.concatenate((x, x), axis=1)
        np.concatenate((x, x), axis=None)
        np.concatenate((x, x), axis=-1)
        np.concatenate((x, x), axis=2)
        np.concatenate((x, v))
        np.concatenate([x])
        np.concatenate([])
        np.concatenate((x, x), out=np.zeros((6, 4)))
        np.append(x, x)
        np.append(x, x, axis=0)
        np.stack([v, v])
        np.stack([v, v], axis=1)
        np.stack([v, v], axis=-1)
        np.stack([v, v], axis=3)
        np.stack([v, x])
        np.vstack([v, v])
        np.vstack([x, v])
        np.vstack((x, x))
        np.row_stack((v, v))
        np.hstack([v, v])
        np.hstack([x, x])
        np.dstack([v, v])
        np.dstack([x, x])
        np.column_stack([v, v])
        np.column_stack([x, x])
        np.column_stack([x, np.ones(3)])
        np.hstack([np.array(1), np.array(2)])""",
        x=X,
        v=V,
    )


def splitting(mx):
    return answers(
        mx,
        """np.split(x, 3)
        np.split(x, 2, axis=1)
        np.split(x, 2)
        np.split(x, [1, 2])
        np.split(x, (1, 3), axis=1)
        np.split(x, [2], axis=-1)
        np.split(x, [])
        np.split(x, 0)
        np.split(x, 1)
        np.array_split(x, 2)
        np.array_split(x, 3, axis=1)
        np.array_split(x, [1, 2])
        np.hsplit(x, 2)
        np.hsplit(x, [1, 3])
        np.hsplit(v, 2)
        np.vsplit(x, 3)
        np.vsplit(v, 2)
        np.dsplit(y, 2)
        np.dsplit(y, [1, 2])
        np.dsplit(x, 2)""",
        x=X,
        y=Y,
        v=V,
    )


def rearranging(mx):
    return answers(
        mx,
        """np.tile(v, 2)
        np.tile(v, (2, 1))
        np.tile(x, (1, 2))
        np.tile(x, 2)
        np.tile(x, (2, 1, 2))
        np.tile(x, 0)
        np.repeat(x, 2)
        np.repeat(x, 2, axis=0)
        np.repeat(x, 2, axis=-1)
        np.repeat(v, [1, 2, 0, 1])
        np.flip(x)
        np.flip(x, 0)
        np.flip(x, axis=(0, 1))
        np.flip(x, 2)
        np.flipud(x)
        np.fliplr(x)
        np.roll(x, 1)
        np.roll(x, 1, axis=0)
        np.roll(x, -2, axis=1)
        np.roll(x, (1, 2), axis=(0, 1))
        np.roll(x, 3, axis=(0, 1))
        np.rot90(x)
        np.rot90(x, 2)
        np.rot90(x, -1)
        np.rot90(y, 1, (1, 2))
        np.rot90(v)
        np.pad(x, ((1, 1), (1, 1)))
        np.pad(x, ((1, 0), (0, 2)))
        np.pad(x, ((1, 1), (1, 1)), mode='edge')
        np.pad(x, ((2, 2), (2, 2)), mode='reflect')
        np.pad(x, ((2, 2), (2, 2)), mode='symmetric')
        np.pad(x, ((1, 1), (1, 1)), mode='maximum')
        np.pad(x, ((1, 1), (2, 0)), mode='minimum')
        np.tril(x)
        np.tril(x, 1)
        np.tril(y, -1)
        np.tril(v)
        np.diag(v)
        np.diag(v, 1)
        np.diag(x)
        np.diag(x, -1)
        np.diag(y)
        np.diagonal(x)
        np.diagonal(x, 1)
        np.diagonal(y, 0, 1, 2)
        np.diagflat(x)
        np.diagflat(v, -1)
        np.trace(x)
        np.trace(x, 1)
        np.trace(y, axis1=1, axis2=2)
        np.meshgrid(v, np.arange(3))
        np.meshgrid(v, np.arange(3), indexing='ij')
        np.meshgrid(v)
        np.meshgrid(v, v, indexing='a')
        np.unravel_index(np.array([3, 7], dtype='int32'), (3, 4))
        np.unravel_index(np.array([3, 7], dtype='int64'), (3, 4))
        np.diag_indices_from(np.eye(3))""",
        x=X,
        y=Y,
        v=V,
    )


def products(mx):
    return answers(
        mx,
        """np.dot(x, v)
        np.dot(x, x.T)
        np.dot(v, v)
        np.dot(y, v)
        np.dot(x, y)
        np.dot(v, x)
        np.dot(np.array(2), x)
        np.dot(y, np.ones((2, 4, 5)))
        np.dot(x, v, out=np.zeros(3))
        np.dot(x, v.astype('float64'))
        np.matmul(x, v)
        np.matmul(x, x.T)
        np.matmul(v, v)
        np.matmul(y, np.ones((4, 2)))
        np.matmul(y, np.ones((2, 4, 3)))
        np.matmul(x, y)
        np.matmul(x, 2)
        np.matmul(x, np.array(2))
        np.tensordot(x, y, ([0, 1], [1, 2]))
        np.tensordot(x, y, 1)
        np.tensordot(x, x)
        np.tensordot(x, v, 1)
        np.tensordot(x, x, 0).shape
        np.tensordot(y, y, ((0, 2), (0, 2)))
        np.tensordot(x, v, (1, 0))
        np.tensordot(x, y, ([0, 1], [0, 1]))
        np.inner(x, v)
        np.inner(v, v)
        np.inner(x, x)
        np.outer(v, v)
        np.outer(x, v)
        np.vdot(v, v)
        np.vdot(x, x)
        np.einsum('ij,j->i', x, v)
        np.einsum('ij,kj', x, x)
        np.einsum('ij->ji', x)
        np.einsum('ij->', x)
        np.einsum('ii', x[:, :3])
        np.einsum('ii->i', x[:, :3])
        np.einsum('bij,jk->bik', y, np.ones((4, 2)))
        np.einsum('...j,j', y, v)
        np.einsum('i,j', v, v)
        np.einsum('ij,jk,kl', x, x.T, x, optimize=True)
        np.einsum('ij,k->i', x, x)
        np.einsum('ijk,j', x, v)""",
        x=X,
        y=Y,
        v=V,
    )


def pad_with_a_number(mx):
    return answers(mx, "np.pad(x, ((1, 1), (0, 0)), 'constant', constant_values=2)", x=X)


def reshape_by_columns(mx):
    return answers(mx, "np.reshape(x, (4, 3), order='F')", x=X)
