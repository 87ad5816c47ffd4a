"""Operators on elements and on matrices."""
