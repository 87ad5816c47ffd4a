"""What follows training in a notebook."""
