"""Text that somebody else wrote, for the places where a report goes: pages, comments, spreadsheets, test pages, terminals."""

from gitopskit.model.changes import Action, Change, Confidence, Conflict, FieldAction, FieldChange, FieldOwner, Judgement, Method
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.fleet import FleetPlan, MemberPlan, MemberState
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.model.paths import list_key
from gitopskit.model.plan import Plan
from gitopskit.model.rendering import Rendering
from gitopskit.model.report import Report, summarise
from gitopskit.model.snapshot import Side, Snapshot, SourceRef, Target, Unreadable
from tests.views.test_views import NOW, plan

PAYLOADS = [
    "<script>bite()</script>",
    "<img src=x onerror=bite()>",
    "</title><script>bite()</script>",
    "</style><img src=x onerror=bite()>",
    "</td></table><svg onload=bite()>",
    "</code></details><iframe srcdoc='<script>bite()</script>'>",
    '" onmouseover="bite()',
    "' autofocus onfocus='bite()",
    "<!-- --!><script>bite()</script>",
    "]]><script>bite()</script>",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e 'bite'>]>&e;",
    "&lt;b&gt;&#60;b&#62;",
    "<a href=javascript:bite()>x</a>",
    "[x](javascript:bite())",
    "![x](https://example.org/track.png)",
    "<https://example.org>",
    "https://example.org/x",
    "www.example.org",
    "@everybody",
    "@acme/owners",
    "ada@example.org",
    "#1",
    "acme/shop#1",
    "GH-1",
    "0123456789abcdef0123456789abcdef01234567",
    ":smile:",
    "a|b",
    "a\\|b",
    "a\\\\|b",
    "|",
    "\\",
    "`",
    "``",
    "a`b",
    "```\nbite\n```",
    "` | `",
    "x`|`@everybody|`y",
    " `",
    "` ",
    "  ",
    "\\`|",
    "**b** _i_ ~~s~~",
    "# h",
    "- x",
    "> q",
    "1. x",
    "---",
    "| --- |",
    "$\\href{javascript:bite()}{x}$",
    "[^1]",
    "- [ ] x",
    "<details open>",
    "\n\n# h\n\n",
    "a  \nb",
    '=HYPERLINK("https://example.org","x")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "'=1+1",
    "＝1+1",
    '";=1+1;"',
    '",=1+1,"',
    "=cmd|' /C calc'!A0",
    "\x1b[2J\x1b]8;;https://example.org\x07x",
    "\x00",
    "\x01\x08\x0b\x0c\x7f\x85",
    "\ud800",
    "\ufffe\uffff",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\u200b\u200d\ufeff",
    "\u2028\u2029",
    "{{7*7}}",
    "${jndi:ldap://example.org/x}",
    "%0d%0aX: y",
    "\U000e0041\U000e0042",
    "é" * 30,
    "🙂",
    "x" * 3000,
]


def hostile(text: str) -> dict[str, Plan | Report | Snapshot | FleetPlan]:
    """Return every noun with that text in every slot."""
    place = ObjectId(group=text, kind=text, namespace=text, name=text)
    owner = FieldOwner(name=text, operation=text, time=text)
    field = FieldChange(path=(text, list_key(name=text)), action=FieldAction.CHANGE, before=text, after={text: [text]}, owners=(owner,))
    row = Change(
        id=place, action=Action.UPDATE, reason=text, judgement=Judgement(method=Method.COMPARED, confidence=Confidence.EXACT),
        fields=(field,), conflicts=(Conflict(path=(text,), owner=owner),), problem=text, warnings=(text,), owner=text,
        origin=Origin(file=text, line=1),
    )  # fmt: skip
    target = Target(system="kubernetes", name=text, server=text, version=text, user=text)
    told = Rendering(values=(text,), release=text, namespace=text)
    source = SourceRef(url=text, revision=text, commit=text, path=text, trunk=text, renderer=text, rendering=told)
    blind = Unreadable(group_kind=text, namespace=text, reason=text, message=text)
    made = plan(row, target=target, source=source, warnings=(text,), unreadable=(blind,))
    guard = Event(kind=EventKind.GUARD, at=NOW, name=text, outcome=Outcome.REFUSED, message=text)
    done = Event(kind=EventKind.OUTCOME, at=NOW, id=place, outcome=Outcome.FAILED, message=text)
    item = Object(id=place, api_version=text, body={}, origin=Origin(file=text, line=1), uid=text, resource_version=text)
    members = (
        MemberPlan(name=text, state=MemberState.PLANNED, plan=made),
        MemberPlan(name=text, state=MemberState.FAILED, message=text),
    )
    snapshot = Snapshot(
        side=Side.DESIRED, objects={place: item}, taken_at=NOW, source=source, target=target, warnings=(text,), unreadable=(blind,)
    )
    if not text.isprintable() and text.encode(errors="ignore").decode() != text:
        return {"snapshot": snapshot}  # half a character has no digest, so no plan holds one
    return {
        "plan": made,
        "stopped": summarise(made, [guard, done, Event(kind=EventKind.STOPPED, at=NOW, message=text)]),
        "not proved": summarise(made, [done], made),
        "snapshot": snapshot,
        "fleet": FleetPlan(source=source, members=members),
    }
