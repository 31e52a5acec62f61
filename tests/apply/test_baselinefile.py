"""A baseline on disk: private, recognised when altered, one clear error for anything else."""

import json
import stat

import pytest

from gitopskit.apply import baselinefile
from gitopskit.errors import BaselineError
from gitopskit.model.baseline import Accepted, Baseline
from gitopskit.model.ids import ObjectId
from tests.planning.sides import NOW, SETTINGS

BASELINE = Baseline(
    reason="load test", made_at=NOW, expires_at=NOW.replace(year=2030), system="kubernetes", target="hall-uid",
    fields=(
        Accepted(id=SETTINGS, path=("f:data", "f:a"), live="d" * 64, head="a" * 64),
        Accepted(id=ObjectId(group="apps", kind="Deployment", namespace="shop", name="web"), path=(), live="e" * 64, head="b" * 64),
    ),
)  # fmt: skip


def test_what_is_saved_comes_back_and_is_private(tmp_path):
    path = baselinefile.save(BASELINE, tmp_path / "accepted.json")
    assert baselinefile.load(path) == BASELINE
    assert baselinefile.load(str(path)).id == BASELINE.id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["accepted.json"]


def altered(**changes):
    saved = {"id": BASELINE.id, "baseline": json.loads(json.dumps(baseline_json()))}
    saved["baseline"].update(changes)
    return json.dumps(saved)


def baseline_json():
    from gitopskit.model.canonical import to_plain

    return to_plain(BASELINE)


FILES = {
    "altered date": (altered(expires_at="2099-01-01T00:00:00+00:00"), "altered"),
    "altered reason": (altered(reason="none of your business"), "altered"),
    "a field more": (
        altered(fields=[*baseline_json()["fields"], {"id": SETTINGS.to_dict(), "path": [], "live": "x", "head": "y"}]),
        "altered",
    ),
    "without a time zone": (altered(expires_at="2099-01-01T00:00:00"), "no baseline"),
    "an older format": (altered(format=1), "no baseline"),
    "a later format": (altered(format=3), "no baseline"),
    "without what Git said": (altered(fields=[{"id": SETTINGS.to_dict(), "path": [], "live": "x"}]), "no baseline"),
    "another shape": (altered(fields=[1]), "no baseline"),
    "numbers for text": (altered(reason=7), "no baseline"),
    "a list": ("[]", "no baseline"),
    "nothing": ("", "no baseline"),
    "a plan": ('{"id": "x", "format": 2, "plan": {}}', "no baseline"),
    "no text": ("\x00\xff", "no baseline"),
}


@pytest.mark.parametrize("case", FILES)
def test_anything_else_is_one_clear_error(case, tmp_path):
    text, what = FILES[case]
    path = tmp_path / "accepted.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(BaselineError, match=what) as caught:
        baselinefile.load(path)
    assert caught.value.where == str(path)
    assert caught.value.next_step


def test_a_file_that_is_not_there_and_a_place_that_is_none(tmp_path):
    with pytest.raises(BaselineError, match="cannot be read"):
        baselinefile.load(tmp_path / "none.json")
    with pytest.raises(BaselineError, match="cannot be saved"):
        baselinefile.save(BASELINE, tmp_path / "none" / "accepted.json")
