"""What the text sets put at the end of each line."""

__all__ = ["EOS_TOKEN"]

EOS_TOKEN = "<eos>"
