"""Operators whose values NumPy tells: those that MXNet does not have, and those that still wait to be recorded."""
