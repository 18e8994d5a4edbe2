"""One record of each call, from measured events: numbers only, no sound, no key, no secret."""
