"""Models carried to other formats."""
