"""`gluon.utils`: splitting, clipping, known shapes, sums of files."""

import os
import tempfile

import numpy as np

from fidelity.support import data


def _shapes(parts):
    return [p.shape for p in parts]


def split(mx):
    split_data = mx.gluon.utils.split_data
    x = mx.nd.array(data((6, 4)))
    return split_data(x, 3), split_data(x, 2, batch_axis=1), split_data(x, 1), split_data(x.asnumpy(), 2)


def split_unevenly(mx):
    split_data = mx.gluon.utils.split_data
    cases = ((10, 3), (11, 4), (5, 2), (5, 7), (7, 1))
    return [_shapes(split_data(mx.nd.zeros((n, 2)), k, even_split=False)) for n, k in cases]


def split_not_even(mx):
    return mx.gluon.utils.split_data(mx.nd.zeros((5, 2)), 2)


def split_a_list(mx):
    return mx.gluon.utils.split_data([1, 2], 2)


def load(mx):
    load = mx.gluon.utils.split_and_load
    two = [mx.cpu(0), mx.cpu(1)]
    parts = load(mx.nd.array(data((4, 2))), two) + load(data((4, 2)), two) + load([[1, 2], [3, 4]], two)
    parts += load(mx.nd.ones((5, 2)), two, even_split=False) + load(mx.nd.ones((2, 4)), two, batch_axis=1)
    parts += load(mx.nd.ones((5, 2)), [mx.cpu(3)])
    return [(p, str(p.context)) for p in parts]


def load_not_even(mx):
    return mx.gluon.utils.split_and_load(mx.nd.zeros((5, 2)), [mx.cpu(0), mx.cpu(1)])


def load_on_one_context(mx):
    return mx.gluon.utils.split_and_load(mx.nd.zeros((5, 2)), mx.cpu(0))


def clip(mx):
    arrays = [mx.nd.array(data((2, 2))) * 3, mx.nd.array(data(3)) * 4]
    small = [mx.nd.array(data((2, 2)))]
    clip = mx.gluon.utils.clip_global_norm
    return clip(arrays, 1.0), arrays, clip(small, 100.0), small


def clip_without_check(mx):
    arrays = [mx.nd.ones((2,)) * 4]
    return mx.gluon.utils.clip_global_norm(arrays, 1.0, check_isfinite=False), arrays


def clip_over_contexts(mx):
    arrays = [mx.nd.ones(2, ctx=mx.cpu(0)) * 4, mx.nd.ones(2, ctx=mx.cpu(1)) * 4]
    return mx.gluon.utils.clip_global_norm(arrays, 1.0), arrays


def clip_not_finite(mx):
    import warnings

    out = []
    for value in (float("nan"), float("inf")):
        arrays = [mx.nd.array([value, 1])]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            norm = mx.gluon.utils.clip_global_norm(arrays, 1.0)
        out.append((norm, arrays, any(issubclass(w.category, UserWarning) for w in caught)))
    return out


def clip_nothing(mx):
    return mx.gluon.utils.clip_global_norm([], 1.0)


def known_shapes(mx):
    known = mx.gluon.utils.shape_is_known
    legacy = [known(s) for s in (None, (), (1, 0), (1, 2), (0,))]
    mx.npx.set_np()
    return legacy, [known(s) for s in (None, (), (1, 0), (1, 2), (-1, 2))]


def known_shape_below(mx):
    return mx.gluon.utils.shape_is_known((-1, 2))


def sums(mx):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a")
        with open(path, "wb") as stream:
            stream.write(b"hi")
        right = "c22b5f9178342609428d6f51b2c5af4c0bde6a42"
        return [mx.gluon.utils.check_sha1(path, s) for s in (right, right.upper(), right[:9], "")]


def replaced(mx):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in "ab"]
        for path in paths:
            with open(path, "w") as stream:
                stream.write(path[-1])
        mx.gluon.utils.replace_file(*paths)
        with open(paths[1]) as stream:
            return os.listdir(folder), stream.read()


def replaced_missing(mx):
    with tempfile.TemporaryDirectory() as folder:
        mx.gluon.utils.replace_file(os.path.join(folder, "none"), os.path.join(folder, "b"))


def texts(mx):
    lists = [mx.gluon.utils._brief_print_list(list("abcdefghijklmnop")[:n]) for n in (0, 2, 7, 8, 9, 12)]
    return lists, mx.gluon.utils._indent("a\nb\nc", 2), mx.gluon.utils._get_repo_file_url("a/b", "c")


def download_negative_retries(mx):
    mx.gluon.utils.download("http://localhost/a", retries=-1)


def download_without_name(mx):
    mx.gluon.utils.download("http://localhost/")


def numpy_arrays(mx):
    mx.npx.set_np()
    two = [mx.cpu(0), mx.cpu(1)]
    return mx.gluon.utils.split_and_load(np.ones((4, 2), "float32"), two), mx.gluon.utils.split_data(
        mx.np.ones((4, 2)), 2
    )
