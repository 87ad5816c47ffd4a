"""`import gluonbook`, as the first drafts of the books say; the code is in remxnet.book."""

from remxnet.book.chinese import *  # noqa: F403
