"""Operators that only NumPy's names have."""
