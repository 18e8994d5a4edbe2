"""What can stop the station, and the exit code of each.

* PortierError
  * ConfigError          78  the configuration has problems: all of them are listed
  * ConfigReadError      66  the configuration cannot be read at the moment: worth another try
  * ConfigWriteError     66  the configuration cannot be written: rights, or the storage
  * FileError            66  another file of a command cannot be read, or written, or holds something else
  * LibraryMissingError  69  a Python library that a command needs is not here
  * GpioError            77  pins cannot be had: library, chip or rights
  * SipError             70  PJSIP failed in a way nobody foresaw
    * PjsipMissingError  69  PJSIP's Python binding is not here
    * SelfTestError      76  this build of PJSIP is not one the audio path can use
    * SipPortError       71  the SIP port cannot be opened
    * CodecError         78  PJSIP has none of the configured codecs
  * JournalError         72  the audit log is not there, or cannot be read or changed
  * AudioError           74  a sound card cannot be opened or has gone
  * ControlError         73  the control socket: no station answers there, or another one does already
  * DirectoryError       65  the directory does not take what it was asked: nothing was changed
    * DirectoryFileError 66  the directory, its key or a backup cannot be read or written
  * OperatorError        75  the telephone operator's API has not done what it was asked: worth another try
    * OperatorAwayError  75  it gives no answer
    * OperatorBusyError  75  it has had too many requests, and asks to wait
    * OperatorKeyError   77  there is no key for it, or it refuses the key
    * LineUnknownError   68  a number is no line of the account: nothing was changed

An AudioError never ends `portier run` (the station rings without sound); it has a code for the
commands that need sound. A code the tree does not name: 64 for a wrong command line, 70 for a fault of ours.
"""

from __future__ import annotations

from typing import ClassVar


class PortierError(Exception):
    """The base: its text says what was tried, with which value, and what to do."""

    exit_code: ClassVar[int] = 70


class ConfigError(PortierError):
    """The configuration cannot be used; `problems` holds one line for each thing to mend."""

    exit_code = 78

    def __init__(self, source: str, problems: tuple[str, ...]) -> None:
        self.source = source
        self.problems = problems
        count = len(problems)
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"{source}: {count} problem{'' if count == 1 else 's'}{lines}")


class ConfigReadError(PortierError):
    """The configuration's file is there and cannot be read: a fault of the storage, which may pass."""

    exit_code = 66


class ConfigWriteError(PortierError):
    """The configuration cannot be written."""

    exit_code = 66


class FileError(PortierError):
    """A file that a command was given cannot be read, cannot be written, or holds something else."""

    exit_code = 66


class LibraryMissingError(PortierError):
    """A Python library that only this command needs cannot be imported."""

    exit_code = 69


class GpioError(PortierError):
    """Pins cannot be claimed or driven."""

    exit_code = 77


class SipError(PortierError):
    """PJSIP refused something that the station cannot do without."""


class PjsipMissingError(SipError):
    """PJSIP's Python binding cannot be imported."""

    exit_code = 69


class SelfTestError(SipError):
    """The loaded PJSIP does not have the symbols or the layout the audio path relies on."""

    exit_code = 76


class CodecError(SipError):
    """PJSIP has none of the codecs that the configuration names."""

    exit_code = 78


class SipPortError(SipError):
    """The UDP port for SIP cannot be opened."""

    exit_code = 71


class AudioError(PortierError):
    """A sound card cannot be opened, or stopped giving sound."""

    exit_code = 74


class ControlError(PortierError):
    """No station answers at the control socket, or the station cannot listen there."""

    exit_code = 73


class JournalError(PortierError):
    """The audit log is not there, or cannot be read or changed."""

    exit_code = 72


class DirectoryError(PortierError):
    """What was to be done to the directory of residents and codes cannot be; `problems` are all of them."""

    exit_code = 65

    def __init__(self, text: str, problems: tuple[str, ...] = ()) -> None:
        self.problems = problems
        super().__init__(text + "".join(f"\n  {problem}" for problem in problems))


class DirectoryFileError(DirectoryError):
    """A file of the directory cannot be read or written: rights, the storage, or what is in it."""

    exit_code = 66


class OperatorError(PortierError):
    """The telephone operator's API has not done what it was asked, or not as it was expected.

    `refused` where it has said no, and certainly has not done it; else it may have done it all the same.
    """

    exit_code = 75

    def __init__(self, text: str, *, refused: bool = False) -> None:
        super().__init__(text)
        self.refused = refused


class OperatorAwayError(OperatorError):
    """The operator's API cannot be reached."""


class OperatorBusyError(OperatorError):
    """The operator's API has had too many requests: `wait_s` seconds are to be waited before the next."""

    def __init__(self, text: str, wait_s: float) -> None:
        super().__init__(text, refused=True)
        self.wait_s = wait_s


class OperatorKeyError(OperatorError):
    """There is no key for the operator's API, it cannot be used, or the operator refuses it."""

    exit_code = 77

    def __init__(self, text: str) -> None:
        super().__init__(text, refused=True)


class LineUnknownError(OperatorError):
    """Numbers that are no lines of the account; `problems` has one line for each."""

    exit_code = 68

    def __init__(self, text: str, problems: tuple[str, ...] = ()) -> None:
        self.problems = problems
        super().__init__(text + "".join(f"\n  {problem}" for problem in problems), refused=True)
