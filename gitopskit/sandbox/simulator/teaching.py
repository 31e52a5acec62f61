"""What only a simulator can do, by request: its clock, faults, failing Pods, checkpoints.

A path of its own beside the API's, so that a simulator in this process and one in the background are asked in the same way. It is
for the cluster's administrator: RBAC guards it as it guards every path.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from gitopskit.sandbox.machinery.request import Request, Response, encode
from gitopskit.sandbox.machinery.status import StatusError, bad_request, no_such_path
from gitopskit.sandbox.simulator import checkpoint

if TYPE_CHECKING:
    from gitopskit.sandbox.simulator.serve import RunningSimulator

PREFIX = "gitopskit.dev"
_MARKS = 100

Asked = Mapping[str, Any]


def answer(simulator: RunningSimulator, request: Request) -> Response:
    """Answer ``POST /gitopskit.dev/NAME``."""
    does = _DOES.get(request.path.strip("/").removeprefix(PREFIX + "/"))
    if does is None or request.method != "POST":
        raise no_such_path()
    try:
        return Response(body=encode(does(simulator, orjson.loads(request.body or b"{}"))))
    except StatusError:
        raise
    except (LookupError, TypeError, ValueError) as error:
        raise bad_request(str(error) or type(error).__name__) from error


def _clock(simulator: RunningSimulator, asked: Asked) -> dict[str, Any]:
    match asked.get("do"):
        case "advance":
            simulator.advance(float(asked["seconds"]))
        case "stop":
            simulator.clock.stop()
        case "start":
            simulator.clock.start()
            simulator.api.wrote.set()
    return {"now": simulator.clock().isoformat(), "stopped": simulator.clock.stopped_at is not None}


def _faults(simulator: RunningSimulator, asked: Asked) -> dict[str, Any]:
    if "end" in asked:
        return {"faults": simulator.api.faults.end(asked["end"])}
    return {"number": simulator.api.faults.begin(asked["begin"], asked["seed"])}


def _failures(simulator: RunningSimulator, asked: Asked) -> dict[str, Any]:
    failures = simulator.api.failures
    answer = {"failures": failures.end(asked["end"])} if "end" in asked else {"number": failures.begin(**asked["begin"])}
    simulator.api.store.nudge(("", "pods"))
    simulator.api.wrote.set()
    return answer


def _checkpoints(simulator: RunningSimulator, asked: Asked) -> dict[str, Any]:
    match asked.get("do"):
        case "take":
            mark = secrets.token_hex(8)
            simulator.marks[mark] = simulator.checkpoint()
            while len(simulator.marks) > _MARKS:
                del simulator.marks[next(iter(simulator.marks))]
            return {"mark": mark}
        case "back":
            if asked["mark"] not in simulator.marks:
                raise ValueError(f"this checkpoint is none of this sandbox's last {_MARKS}")
            simulator.back_to(simulator.marks[asked["mark"]])
        case "save":
            return {"state": checkpoint.to_text(simulator.checkpoint()), "version": simulator.version}
        case "load":  # in parts: a body has its limit
            simulator.loading = ("" if asked["is_first"] else simulator.loading) + asked["part"]
            if asked["is_last"]:
                text, simulator.loading = simulator.loading, ""
                simulator.back_to(checkpoint.from_text(text))
    return {}


_DOES: Mapping[str, Callable[[RunningSimulator, Asked], Any]] = {
    "clock": _clock,
    "faults": _faults,
    "failures": _failures,
    "checkpoints": _checkpoints,
}
