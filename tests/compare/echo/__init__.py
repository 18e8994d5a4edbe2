"""How well echo is taken away: rooms, voices, figures."""
