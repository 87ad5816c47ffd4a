"""Normalization that torch has otherwise, or not."""

from torch import nn


class FixedBatchNorm1d(nn.BatchNorm1d):
    """Batch norm by its running statistics, in training as well."""

    def train(self, mode: bool = True):
        return super().train(False)


class FixedBatchNorm2d(nn.BatchNorm2d):
    """Batch norm by its running statistics, in training as well."""

    def train(self, mode: bool = True):
        return super().train(False)


class FixedBatchNorm3d(nn.BatchNorm3d):
    """Batch norm by its running statistics, in training as well."""

    def train(self, mode: bool = True):
        return super().train(False)
