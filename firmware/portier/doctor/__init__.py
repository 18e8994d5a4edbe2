"""`portier doctor`: what this machine has and lacks for a station, and what to do about each thing."""
