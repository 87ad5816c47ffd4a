"""`import utils`, as the oldest tutorials say; the code is in remxnet.book."""

from remxnet.book.tutorials import *  # noqa: F403
