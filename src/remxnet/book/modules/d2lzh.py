"""`import d2lzh`, as the Chinese edition's notebooks say; the code is in remxnet.book."""

from remxnet.book.chinese import *  # noqa: F403
