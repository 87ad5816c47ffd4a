"""Operators that draw random numbers, and densities."""
