"""The station's configuration: made from the example where there is none, judged, never overwritten."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from portier_install.environments import program
from portier_install.errors import InstallError, SettingsError
from portier_install.user import NAME
from portier_pjsip.programs import ran

FOLDER = Path("/etc/portier")
FILE = FOLDER / "portier.toml"
STATE = Path("/var/lib/portier")
_MODE = 0o640
_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `portier check` says of it: problems, one a line; `there` is whether there is one at all."""

    there: bool
    problems: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether a station can start with it."""
        return self.there and not self.problems


def judge(place: Path, file: Path = FILE) -> Verdict:
    """Ask an environment's own `portier check`."""
    if not file.exists():
        return Verdict(there=False)
    ended = ran((program(place), "check", str(file)), _LIMIT_S)
    if ended.code == 0:
        return Verdict(there=True)
    lines = [one.strip() for one in ended.errors.splitlines() if one.strip()]
    return Verdict(there=True, problems=tuple(lines) or (f"portier check ended with {ended.code}",))


def refuse_worse(new: Verdict, old: Verdict | None, *, runs: bool) -> None:
    """Raise SettingsError where a configuration that served the old station does not serve the new one.

    One that served nobody stops nobody: it is to be mended, with the new station as with the old.
    """
    if runs and not new.there:
        raise SettingsError(f"{FILE} is missing, and a station runs by it: nothing was changed")
    if new.there and new.problems and (runs or (old is not None and old.good)):
        text = "".join(f"\n    {one}" for one in new.problems)
        raise SettingsError(
            f"{FILE} does not fit the new station: nothing was changed, and the old one stays:{text}"
        )


def make(place: Path, file: Path = FILE) -> bool:
    """Make one from the example, for the station's group to read; False where there is one."""
    examples = list(place.glob("lib/python3*/site-packages/portier/config/example.toml"))
    if len(examples) != 1:
        raise InstallError(f"{place} holds no example of a configuration")
    fresh = file.with_name(f".{file.name}.new")
    try:
        shutil.copyfile(examples[0], fresh)
        fresh.chmod(_MODE)
        shutil.chown(fresh, "root", NAME)
        # A link never takes another file's place, and what it names is whole.
        file.hardlink_to(fresh)
    except FileExistsError:
        return False
    except LookupError as error:
        raise InstallError(
            f"{file} cannot be made: {error}; make the user by sudo systemd-sysusers, then try again"
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
    return True
