"""Operators on images, regions and grids."""
