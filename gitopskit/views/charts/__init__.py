"""What does a noun look like as a picture? Charts that plotly draws, each with its numbers as a frame and a table for static pages."""

from __future__ import annotations

from gitopskit.views.charts.blast import blast_chart
from gitopskit.views.charts.chart import Chart
from gitopskit.views.charts.history import history_chart
from gitopskit.views.charts.owner import owner_chart
from gitopskit.views.charts.quota import quota_chart
from gitopskit.views.charts.status import status_chart
from gitopskit.views.charts.sync import sync_chart
from gitopskit.views.charts.timeline import timeline_chart
from gitopskit.views.charts.tree import tree_chart

__all__ = [
    "Chart",
    "blast_chart",
    "history_chart",
    "owner_chart",
    "quota_chart",
    "status_chart",
    "sync_chart",
    "timeline_chart",
    "tree_chart",
]
