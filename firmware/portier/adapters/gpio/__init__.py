"""Pins by gpiozero, with a factory that is always named: edges in, releases and lamps out."""
