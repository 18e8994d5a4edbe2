"""Portier: firmware of an IP door station on a Raspberry Pi."""

__version__ = "0.1.0"
