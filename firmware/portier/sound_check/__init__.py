"""Looks at the sound card by itself, while no station runs: levels, and a test that says what is wrong."""
