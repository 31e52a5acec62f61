"""What each witness tells of an object, in its own form."""

from datetime import UTC, datetime

import pytest

from gitopskit.model.history import Commit, DeedSource, History, Person, Revision, Touch
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.planning.deeds import deeds, witnesses

WEB = ObjectId(group="apps", kind="Deployment", namespace="shop", name="web")
MOMENT = "2026-03-01T10:00:00Z"


def live(**metadata):
    return Object(id=WEB, api_version="apps/v1", body={"metadata": {"name": "web", "namespace": "shop", **metadata}})


def other(kind, name, body, group=""):
    return Object(id=ObjectId(group=group, kind=kind, namespace="argocd", name=name), api_version="v1", body=body)


def event(**more):
    about = {"kind": "Deployment", "namespace": "shop", "name": "web", "apiVersion": "apps/v1"}
    return other("Event", "web.1", {"involvedObject": about, "reason": "Scaled", "message": "up", "lastTimestamp": MOMENT, **more})


def told(*around, item=None, history=None, ledger=()):
    return deeds([WEB], history, item if item is not None else live(), around, ledger)


def test_events_of_every_age_of_the_api():
    [old] = told(event(count=3, source={"component": "deployment-controller"}))
    assert (old.actor, old.what, old.count) == ("deployment-controller", "Scaled: up", 3)
    assert old.at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    series = {"count": 7, "lastObservedTime": "2026-03-01T11:00:00.000000Z"}
    [new] = told(event(lastTimestamp=None, eventTime=MOMENT, series=series, reportingComponent="hpa"))
    assert (new.at.hour, new.count, new.actor) == (11, 7, "hpa")


@pytest.mark.parametrize("about", [{"name": "other"}, {"namespace": "other"}, {"kind": "Pod"}, {"apiVersion": "example.org/v1"}, {}])
def test_events_of_others_are_not_told(about):
    known = {"kind": "Deployment", "namespace": "shop", "name": "web", "apiVersion": "apps/v1"}
    assert told(event(involvedObject=known | about if about else {})) == ()


def test_argo_cd_tells_of_the_applications_that_hold_the_object():
    resources = [{"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web", "version": "v1"}]
    history = [
        {"deployedAt": MOMENT, "revision": "a" * 40, "initiatedBy": {"username": "ada"}},
        {"deployedAt": "2026-03-01T12:00:00Z", "revision": "b" * 40, "initiatedBy": {"automated": True}},
    ]
    application = other("Application", "shop", {"status": {"resources": resources, "history": history}}, "argoproj.io")
    stranger = other("Application", "other", {"status": {"resources": [], "history": history}}, "argoproj.io")
    assert [(one.actor, one.what, one.commit) for one in told(application, stranger)] == [
        ("automated sync", "synced by application shop", "b" * 40),
        ("ada", "synced by application shop", "a" * 40),
    ]


def test_helm_tells_of_the_release_that_the_object_names():
    labels = {"owner": "helm", "name": "shop", "version": "3", "status": "superseded"}
    secret = other("Secret", "sh.helm.release.v1.shop.v3", {"metadata": {"labels": labels, "creationTimestamp": MOMENT}})
    item = live(annotations={"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "tools"})
    assert [one.what for one in told(secret, item=item)] == ["release shop, revision 3: superseded"]
    assert told(secret) == (), "the object names no release"
    assert witnesses(item, "default") == {"Event": ("shop",), "Secret": ("tools",)}


def test_git_tells_what_it_did_and_where():
    commit = Commit(
        oid="c" * 40, tree="d" * 40, parents=(), author=Person(name="ada"), authored_at=datetime(2026, 1, 1, tzinfo=UTC),
        committer=Person(name="bob"), committed_at=datetime(2026, 1, 2, tzinfo=UTC), subject="Tidy up",
    )  # fmt: skip
    moved = Revision(commit=commit, touch=Touch.MOVED, origin=Origin(file="b.yaml", line=1), moved_from="a.yaml", pull_request="#3")
    [deed] = told(history=History(id=WEB, revisions=(moved,)))
    assert (deed.actor, deed.what, deed.pull_request) == ("ada", "moved from a.yaml to b.yaml: Tidy up", "#3")
    assert deed.at.day == 2, "when it came into the history, not when it was written"


def test_the_ledger_tells_what_an_apply_changed():
    rows = [{"id": WEB.to_dict(), "action": "update", "outcome": "changed"}]
    entry = {"at": MOMENT, "who": "ada", "why": "more room", "rows": rows, "source": {"commit": "e" * 40}}
    same = entry | {"rows": [rows[0] | {"outcome": "unchanged"}]}
    [deed] = told(ledger=[entry, same])
    assert (deed.actor, deed.what, deed.commit) == ("ada", "update, changed: more room", "e" * 40)


def test_what_has_no_date_comes_first_and_nonsense_is_no_date():
    found = told(event(lastTimestamp="yesterday"), event())
    assert [one.at is None for one in found] == [True, False]


def test_control_characters_are_made_visible():
    [deed] = told(event(message="up\x1b[2J\u202e", reason="R\r"))
    assert deed.told_by is DeedSource.EVENT
    assert not any(character in deed.what for character in "\x1b\u202e\r")
