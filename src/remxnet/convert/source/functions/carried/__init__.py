"""Functions of the operators, made by tools/carried.py, a file for each module."""
