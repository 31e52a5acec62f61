"""What the server fills in, compared with what a real one filled in."""

import copy
import json
from pathlib import Path

import pytest
import yaml

from gitopskit.sandbox.kinds import defaults

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "cases.yaml").read_text())
RECORDED = json.loads((HERE / "recorded.json").read_text())


def test_every_case_is_recorded():
    assert set(CASES) == set(RECORDED)


@pytest.mark.parametrize("name", CASES)
def test_the_server_completes_what_is_sent(name, recorder, speak, places):
    body = CASES[name]
    status, answer = speak("POST", places[body["apiVersion"], body["kind"]] + "?dryRun=All", body)
    assert status == 201, answer
    assert recorder.normal(answer) == RECORDED[name]


@pytest.mark.parametrize("name", CASES)
def test_completing_what_is_complete_changes_nothing(name, recorder):
    done = copy.deepcopy(RECORDED[name])
    group = done["apiVersion"].rpartition("/")[0]
    defaults.complete(group, done["kind"], done)
    assert recorder.normal(done) == RECORDED[name]
