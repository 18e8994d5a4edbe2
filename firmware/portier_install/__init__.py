"""Brings the station onto a machine: `make bundle`, `make install`, `make uninstall`, `make purge`.

A tool of the project, not a part of the station: nothing in `portier` imports it. Standard library only,
so that it runs before anything is installed; a bundle carries it to machines without a clone of the project.
"""
