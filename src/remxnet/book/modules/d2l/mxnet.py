"""`from d2l import mxnet as d2l`, as its later notebooks say; the code is in remxnet.book."""

from remxnet.book.english import *  # noqa: F403
