"""The configuration: its description, how it is read, and how its problems are told."""
