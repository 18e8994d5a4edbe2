"""Takes the station off a machine: `uninstall` leaves configuration and data, `purge` nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from portier_install import calls, files, fitness, service, settings, user
from portier_install.calls import Patience
from portier_install.environments import Environments, program
from portier_install.install import alone
from portier_install.installation import DUE
from portier_pjsip.progress import Progress

_RUNTIME = Path("/run/portier")
_DROP_INS = Path("/etc/systemd/system/portier.service.d")


def uninstall(patience: Patience, progress: Progress) -> None:
    """Remove the service and the program. Raises InstallError."""
    fitness.refuse(fitness.this_machine())
    with alone():
        _uninstall(patience, progress)
        kept = [str(one) for one in (settings.FOLDER, settings.STATE, *files.kept()) if one.exists()]
        if kept:
            progress.say("kept", f"{' and '.join(kept)}, and the user; make purge removes them")


def purge(patience: Patience, progress: Progress) -> None:
    """Remove the configuration, the password, the data and the user, too. Raises InstallError."""
    fitness.refuse(fitness.this_machine())
    with alone():
        _uninstall(patience, progress)
        gone = [one for one in (settings.FOLDER, settings.STATE, _DROP_INS) if one.exists()]
        for one in gone:
            _empty(one)
        for one in files.kept():
            one.unlink()
            gone.append(one)
        user.remove()
        service.reload()
        progress.say("data", f"{', '.join(map(str, gone)) or 'none'}: removed; the user {user.NAME} too")


def _uninstall(patience: Patience, progress: Progress) -> None:
    environments = Environments()
    environments.adopt()
    now, current = service.state(), environments.current
    if now.runs and current is not None and calls.doing_now(program(current)):
        with progress.step("call", "") as tell:
            calls.wait_for_end(lambda: calls.doing_now(program(current)), patience, tell)
    if now.installed:
        # Its last act is portier lock, which the environment must still be there for.
        service.stop(disable=True)
    progress.say("unit", "stopped, locked, disabled and removed" if now.installed else "was not installed")
    files.remove(files.PLACES)
    service.reload()
    files.unlink_command(environments.link / "bin" / "portier")
    environments.unlink()
    for one in (environments.folder, _RUNTIME):
        if one.exists():
            _empty(one)
    # Of an installation that was killed: there is no station left that it could be due for.
    DUE.unlink(missing_ok=True)
    progress.say("station", f"{environments.link} and {environments.folder} removed")


def _empty(folder: Path) -> None:
    """Remove a folder; where it is a disk of its own, all that is in it."""
    if not folder.is_mount():
        shutil.rmtree(folder)
        return
    for one in folder.iterdir():
        shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
