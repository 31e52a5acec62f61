"""Whatever somebody else wrote stays text, in every slot of every noun and in every format."""

import csv
import html
import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from gitopskit.views.export import FORMATS, render
from tests.views.export.payloads import PAYLOADS, hostile
from tests.views.test_views import FULL

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200d\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
IDS = [f"{number}" for number in range(len(PAYLOADS))]


@pytest.fixture(params=PAYLOADS, ids=IDS)
def nouns(request):
    return hostile(request.param)


def test_there_are_enough():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 40


class Elements(HTMLParser):
    """Collects what markup really is there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_comment(self, data):
        self.tags.add("comment")

    def handle_pi(self, data):
        self.tags.add("instruction")


def ordinary(form: str) -> Elements:
    return Elements(render(FULL, form))


def test_a_page_holds_our_markup_only(nouns):
    allowed = {*ordinary("html").tags, "dl", "dt", "dd", "ul", "li", "table", "div", "code", "del", "ins", "span", "b", "h2", "small"}
    style = re.findall(r"<style>.*?</style>", render(FULL, "html"), re.DOTALL)
    for noun in nouns.values():
        text = render(noun, "html")
        found = Elements(text)
        assert found.tags <= allowed
        assert found.attributes <= {
            "lang",
            "charset",
            "name",
            "content",
            "http-equiv",
            "class",
            "aria-label",
            "scope",
            "colspan",
            "tabindex",
            "role",
        }
        assert not UNSEEN.search(text)
        assert re.findall(r"<style>.*?</style>", text, re.DOTALL) == style


RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def test_a_comment_holds_our_markup_only(nouns):
    for noun in nouns.values():
        text = render(noun, "markdown")
        assert not UNSEEN.search(text)
        shown = RENDERER.render(text)
        assert Elements(shown).tags <= {
            "h3",
            "h4",
            "ul",
            "li",
            "p",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "code",
            "details",
            "summary",
            "br",
        }
        bare = re.sub(r"<[^>]*>", "", re.sub(r"<code>.*?</code>", "", shown, flags=re.DOTALL))
        assert not re.search(r"[@#$`*_\[\]\\]|http|www|bite|\bacme\b", html.unescape(bare).replace(" ", " ")), bare


def test_a_row_of_a_comment_keeps_its_cells(nouns):
    for noun in nouns.values():
        widths = {}
        head = ""
        for line in render(noun, "markdown").splitlines():
            if line.startswith("####"):
                head = line
            elif line.startswith("|"):
                widths.setdefault(head, set()).add(line.count("|"))
        assert all(len(found) == 1 for found in widths.values()), widths


def test_a_table_has_no_formula_and_reads_back(nouns):
    for noun in nouns.values():
        text = render(noun, "csv")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if cell.lstrip().startswith(tuple("=+-@\t\r\n＝")) and not is_number(cell)]
        assert not UNSEEN.search(text)


def is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", cell))


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if p.isascii() and p.isprintable()])
def test_a_cell_reads_back_as_it_was(payload):
    [row] = csv.DictReader(io.StringIO(render(hostile(payload)["plan"], "csv"), newline=""))
    assert row["name"].removeprefix("'") == payload


def test_json_and_xml_are_whole(nouns):
    for noun in nouns.values():
        document = json.loads(render(noun, "json"))
        assert document["format"] == "gitopskit-export/1"
        text = render(noun, "junit")
        assert not UNSEEN.search(text)
        root = ET.fromstring(text)
        assert {element.tag for element in root.iter()} <= {
            "testsuites",
            "testsuite",
            "properties",
            "property",
            "testcase",
            "failure",
            "skipped",
            "system-out",
        }


def test_every_format_is_encodable(nouns):
    for noun in nouns.values():
        for form in FORMATS:
            text = render(noun, form)
            assert text.encode("utf-8").decode("utf-8") == text
