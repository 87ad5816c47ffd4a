"""Operators of neural networks: layers' operators, normalizations, losses, and the memory format they prefer."""
