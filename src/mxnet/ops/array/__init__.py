"""Operators on the shape, order and parts of arrays, and those that make arrays."""
