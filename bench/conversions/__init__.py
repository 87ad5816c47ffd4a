"""Converts the zoo's networks and some of other kinds, as `remxnet convert` does, and tells the differences."""
