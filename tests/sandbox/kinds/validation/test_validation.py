"""What the server refuses, and how it says so, compared with what a real one said."""

import json
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
DOCUMENT = yaml.safe_load((HERE / "cases.yaml").read_text())
CASES, BASES = DOCUMENT["cases"], DOCUMENT["bases"]
RECORDED = json.loads((HERE / "recorded.json").read_text())


def test_every_case_is_recorded():
    assert set(CASES) == set(RECORDED)


@pytest.mark.parametrize("name", CASES)
def test_the_server_judges_alike(name, recorder, speak, places):
    answer = recorder.refusal(speak, places, BASES[CASES[name]["base"]], CASES[name])
    expected = RECORDED[name]
    assert answer["code"] == expected["code"], answer
    assert sorted(answer.get("causes", [])) == sorted(expected.get("causes", []))
