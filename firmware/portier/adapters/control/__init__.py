"""The local socket: status and events out, commands in."""
