"""Writes a wheel, and tells whether one is whole (PEP 427 and the Python packaging specifications)."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from portier_pjsip.errors import CheckError

NAME = "pjsua2-python"
"""The name of the published wheels: so pip puts one in the place of the other, and both at once cannot be."""

_DATE = (1980, 1, 1, 0, 0, 0)
"""The oldest that zip knows; the same content makes the same file."""

_FILE_MODE, _MODULE_MODE = 0o100644, 0o100755


def stem(version: str) -> str:
    """How the file and its folder of metadata begin."""
    return f"{NAME.replace('-', '_')}-{version}"


def write(folder: Path, version: str, tag: str, files: Mapping[str, bytes], metadata: str) -> Path:
    """Write a wheel into a folder; `files` by their path in site-packages, `metadata` is its METADATA."""
    about = f"{stem(version)}.dist-info"
    kind = f"Wheel-Version: 1.0\nGenerator: portier_pjsip\nRoot-Is-Purelib: false\nTag: {tag}\n"
    content = {
        **{name: files[name] for name in sorted(files)},
        f"{about}/METADATA": metadata.encode(),
        f"{about}/WHEEL": kind.encode(),
    }
    record = f"{about}/RECORD"
    rows = [(name, _digest(data), str(len(data))) for name, data in content.items()]
    content[record] = _table([*rows, (record, "", "")]).encode()
    place = folder / f"{stem(version)}-{tag}.whl"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (_MODULE_MODE if name.endswith(".so") else _FILE_MODE) << 16
            archive.writestr(entry, data)
    return place


def read(wheel: Path) -> dict[str, bytes]:
    """Every file of a wheel. Raises CheckError where one is missing or is not as the wheel's record says."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        # One may carry others inside, with records of their own.
        records = [one for one in content if one.endswith(".dist-info/RECORD") and one.count("/") == 1]
        rows = list(csv.reader(io.StringIO(content[records[0]].decode())))
    except (OSError, zipfile.BadZipFile, IndexError, UnicodeDecodeError, EOFError) as error:
        raise CheckError(f"{wheel.name} is no wheel, or a broken one: {error}") from error
    for name, digest, _ in (row for row in rows if len(row) == 3 and row[0] != records[0]):
        if name not in content or _digest(content[name]) != digest:
            raise CheckError(f"{wheel.name} is broken: {name} is not what its record says")
    return content


def tag_of(wheel: Path) -> str:
    """The tag in a wheel's file name. Raises CheckError where the name is none of a wheel."""
    return "-".join(_parts(wheel)[-3:])


def version_of(wheel: Path) -> str:
    """The version in a wheel's file name. Raises CheckError where the name is none of a wheel."""
    return _parts(wheel)[1]


def _parts(wheel: Path) -> list[str]:
    parts = wheel.name.removesuffix(".whl").split("-")
    if not wheel.name.endswith(".whl") or len(parts) not in (5, 6):
        raise CheckError(f"{wheel.name} is not the name of a wheel (NAME-VERSION-PYTHON-ABI-PLATFORM.whl)")
    return parts


def _digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _table(rows: list[tuple[str, str, str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
