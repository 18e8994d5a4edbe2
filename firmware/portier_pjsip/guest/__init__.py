"""What is run with a finished wheel, on the machine it is for or on its emulator. Each prints JSON lines.

None of these starts another process: an emulator that is not known to the kernel could not follow.
"""
