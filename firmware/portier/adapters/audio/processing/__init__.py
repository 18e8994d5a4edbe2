"""What is done to the sound of a call: echo, noise and level."""
