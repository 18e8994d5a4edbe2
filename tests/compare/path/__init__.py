"""How well speech comes through the whole path, door to phone and back."""
