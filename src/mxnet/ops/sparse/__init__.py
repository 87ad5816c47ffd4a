"""What operators do with arrays kept by what is not zero, and the operators that are for those alone.

A rule of kind "sparse" stands beside the operator's function on tensors. An operator without one is given dense arrays.
"""
