"""Functions whose text programs get where torch has none; they import torch alone."""
