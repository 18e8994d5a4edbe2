"""What can go wrong while a station is installed, and the exit code of each.

* InstallError         70
  * UnfitError         69  this machine lacks something, or the bundle is for another
  * BundleError        65  the bundle is broken, half-made or none
  * SpaceError         73  a disk is full, or would be (that of portier_pjsip)
  * BusyError          75  a call is running: later, or at once by NOW=1
  * SettingsError      78  the configuration does not fit the new station: the old one stays
  * StationError       70  the new station does not come up: the old one runs again

What building a wheel raises (portier_pjsip.errors) comes with codes from the same list.
"""

from __future__ import annotations

from typing import ClassVar


class InstallError(Exception):
    """The base: its text says what was tried, with which value, and what to do."""

    exit_code: ClassVar[int] = 70


class UnfitError(InstallError):
    """This machine is not one that the station, or this bundle, can be installed on."""

    exit_code = 69


class BundleError(InstallError):
    """The bundle cannot be used."""

    exit_code = 65


class BusyError(InstallError):
    """The station has a call or a released door, and would be cut."""

    exit_code = 75


class SettingsError(InstallError):
    """The configuration has problems for the new station."""

    exit_code = 78


class StationError(InstallError):
    """The station was installed and does not come up."""
