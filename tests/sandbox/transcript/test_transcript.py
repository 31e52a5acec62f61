"""kubectl cannot tell: the same unmodified commands, typed at the simulator and at a real control plane, print the same text.

A topic is a YAML file: files that the commands read, and commands in order, each topic in a namespace of its own. All topics run at once,
a command on both engines at the same time. What only looks (`LOOKS`) is asked again until both answers are alike, because controllers
settle in their own time; what still differs then is a failure, or a line of the register.
"""

import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import yaml

from gitopskit.sandbox import open_sandbox
from tests.conftest import require_controlplane

FOLDER = Path(__file__).parent
TOPICS = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "accepted")
LOOKS = ("get ", "describe ", "events", "rollout history ", "explain ", "api-resources")
SETTLE_S = float(os.environ.get("TRANSCRIPT_SETTLE_S", "30"))
TIMEOUT_S = 60
NOTHING = re.compile("(?!)")
SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
AGE = r"(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?"
MARKS = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| \+0000)", "TIME"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", "TIME"),
    (r"(resourceVersion\"?: ?)[\"']\d+[\"']", r"\1REVISION"),
    (r"\b\d+\.\d+\.\d+\.\d+(:\d+)?\b", "ADDRESS"),
    (r"W\d{4} [\d:.]+ +\d+ ", "LOG "),
    (r"/tmp/kubectl-edit-\d+", "/tmp/kubectl-edit"),
    (
        r"(Internal error occurred: error sending request: Post [^ ]*|unable to upgrade connection: error dialing backend):",
        "NO KUBELET:",
    ),
    (r"(?m)^ey[\w-]+\.[\w-]+\.[\w-]+(?=exit)", "TOKEN "),
    (r"(HolderIdentity: +).*", r"\1HOLDER"),
    (r"(Resource Version: +)\d+", r"\1REVISION"),
    (r"\b3[0-2]\d\d\d\b", "NODEPORT"),
    (r"\"(gitCommit|gitTreeState|goVersion|compiler)\": \"[^\"]*\"", r'"\1": BUILD'),
    (r"/tmp/(LIVE|MERGED)-\d+", r"\1"),
    (r"(pod-template-hash[\"]?[=:] ?[\"]?)\w+", r"\1HASH"),
    (rf"-{SAFE}{{6,10}}(?![\w.])", "-HASH"),
    (rf"-{SAFE}{{5}}(?![\w-]|\.\w)", "-ID"),
    (rf"(?<![\w.=:/-])(?=\d){AGE}(?<=[smhdy])(?![\w/.-])", "AGE"),
    (r"AGE \(x\d+ over AGE\)", "AGE"),  # how often a controller looked
]


@dataclass(frozen=True)
class Engine:
    """Types commands at one engine, in a folder of its own."""

    kubeconfig: Path
    home: Path

    def prepare(self, topic, files):
        """Make the topic's folder and namespace."""
        (self.home / topic).mkdir()
        for name, text in files.items():
            path = self.home / topic / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        document = yaml.safe_load(self.kubeconfig.read_text())
        document["contexts"][0]["context"]["namespace"] = topic
        (self.home / topic / "kubeconfig").write_text(yaml.safe_dump(document))
        self.type(topic, {"run": f"create namespace {topic}"})

    def type(self, topic, step):
        """Return what a command prints, and its exit code."""
        environment = {"KUBECONFIG": "kubeconfig", "HOME": str(self.home), "PATH": "/usr/bin:/bin", "KUBECTL_APPLYSET": "true"}
        words = [str(Path(sys.executable).with_name("kubectl")), *shlex.split(step["run"])]
        environment |= {"KUBECTL_EXTERNAL_DIFF": "diff -u -N"} | step.get("env", {})
        options = {"env": environment, "cwd": self.home / topic, "input": step.get("stdin", ""), "capture_output": True, "text": True}
        try:
            done = subprocess.run(words, **options, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return f"no end within {TIMEOUT_S} s on {self.home.name}\n"
        shown = in_no_order(done.stdout) if "-o yaml" in step["run"] and not done.returncode else done.stdout
        return normal(step["run"], f"{shown}{done.stderr}exit {done.returncode}\n")


def normal(command, text):
    """Return a text with what differs from run to run replaced by marks, columns narrowed, and what kubectl keeps in maps in order."""
    if command.startswith("explain "):
        text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(" ") or "\t<" in line or " enum: " in line)
    for pattern, mark in MARKS:
        text = re.sub(pattern, mark, text)
    text = re.sub(r"(?m)^Warning: (.*)$", lambda found: "Warning: " + "; ".join(sorted(found[1].split("; "))), text)
    text = re.sub(r"(?<=error: \[)cannot delete .*(?=\])", lambda found: ", ".join(sorted(re.split(", (?=cannot )", found[0]))), text)
    lines = [re.sub(r"(?<=\S) {2,}", "  ", line) for line in text.splitlines() if not line.startswith("Waiting for ")]
    lines = [line for line in lines if "  kubelet  spec.containers{" not in line]  # the real control plane's nodes have no kubelets
    return "\n".join(in_order(lines)) + "\n"


def in_no_order(text):
    """Return an object's YAML with the lists sorted whose order only says what came first."""
    document = yaml.safe_load(text)
    for parent, name in ((document.get("metadata") or {}, "managedFields"), (document.get("status") or {}, "conditions")):
        if name in parent:
            parent[name].sort(key=lambda item: (item.get("manager"), item.get("operation"), item.get("subresource"), item.get("type")))
    return yaml.safe_dump(document, sort_keys=False, width=10000)


def in_order(lines):
    """Return the lines with each run of those that name generated things, or problems, sorted."""
    result, run = [], []
    for line in [*lines, ""]:
        if re.match(r"\S*-(HASH|ID)\b|\* |evicting pod |cannot delete ", line):
            run.append(line)
        else:
            result += [*sorted(run), line]
            run = []
    return result[:-1]


def steps_of(document):
    return [step if isinstance(step, dict) else {"run": step} for step in document["steps"]]


def difference(step, answers):
    real, simulated = (answer.splitlines() for answer in answers)
    return "\n".join([f"$ kubectl {step['run']}", *difflib.unified_diff(real, simulated, "real", "simulated", lineterm="", n=2)])


class Stage:
    """Both engines, and the topics that are being typed at them."""

    def __init__(self, engines, topics):
        self._engines = engines
        self._accepted = accepted()
        self._topics = ThreadPoolExecutor(4)
        self._commands = ThreadPoolExecutor(8)
        self.running = {topic: self._topics.submit(self.differences, topic) for topic in topics}

    def both(self, work):
        return list(self._commands.map(work, self._engines))

    def answers(self, topic, step):
        """Return what both engines print; of what only looks, once it is the same or time is up."""
        deadline = time.monotonic() + SETTLE_S
        part = self._accepted.get((topic, step["run"]), NOTHING)
        while True:
            answers = [part.sub("", text) for text in self.both(lambda engine: engine.type(topic, step))]
            if answers[0] == answers[1] or not step["run"].startswith(LOOKS) or time.monotonic() > deadline:
                return answers
            time.sleep(0.3)

    def differences(self, topic):
        """Return command → difference, of a whole topic."""
        document = yaml.safe_load((FOLDER / f"{topic}.yaml").read_text())
        self.both(lambda engine: engine.prepare(topic, document.get("files", {})))
        answered = [(step, self.answers(topic, step)) for step in steps_of(document)]
        return {step["run"]: difference(step, answers) for step, answers in answered if answers[0] != answers[1]}

    def close(self):
        self._topics.shutdown(cancel_futures=True)
        self._commands.shutdown()


@pytest.fixture(scope="module")
def stage(request, tmp_path_factory):
    require_controlplane()
    topics = [item.callspec.params["topic"] for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    with open_sandbox(engine="controlplane", nodes=1) as real, open_sandbox(engine="simulator", nodes=1) as simulated:
        real.wait_ready()
        stage = Stage([Engine(box.kubeconfig, tmp_path_factory.mktemp(box.engine)) for box in (real, simulated)], topics)
        yield stage
        stage.close()


def register():
    """Return the accepted differences; one that has expired counts no more."""
    return [item for item in yaml.safe_load((FOLDER / "accepted.yaml").read_text()) or [] if item["until"] >= date.today()]


def accepted():
    """Return (topic, command) → the part of its text that may differ."""
    return {(item["topic"], command): re.compile(item["part"], re.M | re.S) for item in register() for command in item["commands"]}


def test_the_register_is_printed_and_current(capsys):
    with capsys.disabled():
        for item in register():
            print(f"\naccepted difference: {item['topic']}: {len(item['commands'])} commands: {item['reason']}", end="")
    assert all(len(item["reason"]) > 20 for item in register())


def test_the_transcript_is_long():
    assert sum(len(steps_of(yaml.safe_load((FOLDER / f"{topic}.yaml").read_text()))) for topic in TOPICS) >= 80
    assert shutil.which("diff")


@pytest.mark.parametrize("topic", TOPICS)
def test_both_engines_print_the_same(stage, topic):
    differing = stage.running[topic].result()
    assert not differing, "\n\n".join(differing.values())
