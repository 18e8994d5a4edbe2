"""Sound: the card clocks the media."""
