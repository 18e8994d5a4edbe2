"""Adapters: each meets one library. They never import each other; only app.py imports them."""
