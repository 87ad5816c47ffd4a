"""Optimizers' steps as operators."""
