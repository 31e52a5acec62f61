"""See what Git says beside what is really there, and apply it safely."""

__version__ = "0.1.0"
