"""What programs do with each client, as functions that return what can be looked at."""
