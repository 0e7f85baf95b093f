"""Stepline: a self-hosted twelfth-step line."""

__version__ = "0.1.0"
