"""A chart becomes a picture on white paper, or one clear error says what is missing."""

import asyncio
import json
import sys
import xml.etree.ElementTree as ET

import pytest

from gitopskit.errors import GitopskitError, UsageError
from gitopskit.views.charts import blast_chart, sync_chart
from gitopskit.views.charts import chart as charts
from gitopskit.views.charts.look import INK
from tests.browser.lab import require_chromium
from tests.views.charts.samples import ESTATE, PLAN, hostile, plan
from tests.views.charts.test_charts import DRAWN, FULL, UNITS

FORMATS = {"svg": b"<svg", "png": b"\x89PNG\r\n"}


@pytest.fixture
def asked(monkeypatch):
    """What would be drawn."""
    found = []
    monkeypatch.setattr(charts, "draw", lambda figure, form, size: found.append((figure, form, size)) or b"picture")
    return found


def test_a_picture_is_on_white_paper_with_dark_ink(asked, tmp_path):
    assert sync_chart(PLAN).save(tmp_path / "a.svg").read_bytes() == b"picture"
    [(figure, form, size)] = asked
    assert form == "svg"
    assert figure["layout"]["paper_bgcolor"] == "#ffffff"
    assert INK not in json.dumps(figure)
    assert size == {"width": 1000, "height": sync_chart(PLAN).layout.height, "scale": 1}
    sync_chart(PLAN).save(tmp_path / "a.png")
    assert asked[1][2]["scale"] == 2


def test_the_size_can_be_named(asked):
    sync_chart(PLAN).to_image("png", width=300, height=200, scale=1)
    assert asked[0][2] == {"width": 300, "height": 200, "scale": 1}


def test_a_folder_that_is_not_there_is_an_error(asked, tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        sync_chart(PLAN).save(tmp_path / "no" / "a.svg")


@pytest.mark.parametrize("form", ["", "gif", "svg\x1b[2J", "../x"])
def test_an_unknown_format_names_the_known_ones(form):
    with pytest.raises(UsageError, match="no picture is written as") as caught:
        sync_chart(PLAN).to_image(form)
    assert "svg, pdf" in caught.value.next_step
    assert "\x1b" not in str(caught.value)


def test_without_kaleido_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "kaleido", None)
    with pytest.raises(UsageError) as caught:
        sync_chart(PLAN).to_image()
    assert "gitopskit[image]" in caught.value.next_step


def test_without_a_browser_the_next_step_is_to_install_one(monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")
    with pytest.raises(UsageError, match="none was found") as caught:
        sync_chart(PLAN).to_image()
    assert "BROWSER_PATH" in caught.value.next_step


def test_a_browser_that_does_not_draw_is_an_error(monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", sys.executable)
    with pytest.raises(GitopskitError, match="the browser did not draw the picture"):
        sync_chart(PLAN).to_image()


@pytest.mark.parametrize("form", FORMATS)
def test_the_real_browser_draws(form):
    require_chromium()
    picture = sync_chart(PLAN).to_image(form, scale=1)
    assert picture.startswith(FORMATS[form])
    if form == "svg":
        assert "OutOfSync" in picture.decode()


@pytest.mark.parametrize("name", [name for name in DRAWN if " " not in name])
def test_the_real_browser_draws_every_chart(name):
    require_chromium()
    chart = DRAWN[name](*FULL)
    words = " ".join("".join(part.itertext()) for part in ET.fromstring(chart.to_image("svg")).iter("{http://www.w3.org/2000/svg}text"))
    titles, *_ = UNITS[name]
    for said in (chart.layout.meta[0], *titles):
        assert said in words.replace("\u00a0", " ")


def test_it_draws_inside_a_running_event_loop_as_a_kernel_has_one():
    require_chromium()

    async def cell():
        return blast_chart(plan(), ESTATE).to_image("svg")

    assert asyncio.run(cell()).startswith(b"<svg")


def test_hostile_names_are_text_in_the_picture():
    require_chromium()
    bad, *_ = hostile("<img src=x onerror=alert(1)>")
    picture = sync_chart(bad).to_image("svg").decode()
    assert "&#60;img src=x onerror" in picture
    assert "<img" not in picture
