"""`import d2l`, as the English edition's notebooks say; the code is in remxnet.book."""

from remxnet.book.english import *  # noqa: F403
