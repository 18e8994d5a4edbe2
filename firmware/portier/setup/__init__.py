"""`portier setup`: questions in the terminal, each thing tried at once, and a configuration that is valid."""
