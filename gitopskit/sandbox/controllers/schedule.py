"""When a CronJob is due.

References
----------
Kubernetes, "CronJob", schedule syntax: cron's five fields, ``@hourly`` and its like, ``@every 1h30m``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_UNITS_S = {"h": 3600, "m": 60, "s": 1}


def moments(schedule: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield the moments at which a schedule is due, the first one after `after`.

    Parameters
    ----------
    zone
        The time zone in which the fields are meant; UTC by default.
    """
    if schedule.startswith("@every "):
        every = timedelta(seconds=sum(int(number) * _UNITS_S[unit] for number, unit in re.findall(r"(\d+)([hms])", schedule)))
        while every:
            after += every
            yield after
        return
    fields = _DESCRIPTORS.get(schedule, schedule).replace("?", "*")
    with suppress(CronSimError):  # a day that no month has is never due
        yield from CronSim(fields, after.astimezone(ZoneInfo(zone or "UTC")))
