"""Changes to PJSIP's source: made whole, or left out and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from portier_pjsip import patches
from portier_pjsip.patches import PATCHES, Patch

_ONE = Patch("one", "why", "a/one.c", (("if (a)", "if (a && b)"), ("return 1;", "return 2;")))
_TWO = Patch("two", "why", "two.c", (("x", "y"),))


def _tree(folder: Path, text: bytes) -> Path:
    (folder / "a").mkdir()
    (folder / "a" / "one.c").write_bytes(text)
    return folder


def test_a_change_is_made_and_all_else_is_left_as_it_is(tmp_path: Path) -> None:
    tree = _tree(tmp_path, b"/* \xe9 */\r\nif (a)\n  return 1;\n")
    assert patches.apply(tree, (_ONE,)) == ()
    assert (tree / "a" / "one.c").read_bytes() == b"/* \xe9 */\r\nif (a && b)\n  return 2;\n"


@pytest.mark.parametrize(
    "text", [b"", b"if (a)", b"return 1;", b"if (a) return 1; if (a) return 3;", b"if (a && b) return 2;"]
)
def test_one_without_its_places_is_left_out_whole_and_told(tmp_path: Path, text: bytes) -> None:
    tree = _tree(tmp_path, text)
    assert patches.apply(tree, (_ONE, _TWO)) == ("one", "two")
    assert (tree / "a" / "one.c").read_bytes() == text


def test_each_has_a_name_and_says_why() -> None:
    assert len({one.name for one in PATCHES}) == len(PATCHES)
    assert all(one.why and one.changes for one in PATCHES)
    assert all(before != after for one in PATCHES for before, after in one.changes)
