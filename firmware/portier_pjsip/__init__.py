"""PJSIP's Python binding from source, as a wheel: for this machine, or cross-built for a Raspberry Pi.

A tool of the project, not a part of the station: nothing in `portier` imports it. Standard library only,
so that it runs before anything is installed. `python -m portier_pjsip` is what `make wheel` calls.
"""
