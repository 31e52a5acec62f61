"""Each chart: what is behind it, exactly, and what is drawn of it."""

from dataclasses import replace

import pytest

from gitopskit.errors import UsageError
from gitopskit.model.changes import Action
from gitopskit.model.snapshot import Unreadable
from gitopskit.views.charts import (
    blast_chart,
    history_chart,
    owner_chart,
    quota_chart,
    status_chart,
    sync_chart,
    timeline_chart,
    tree_chart,
)
from gitopskit.views.frames import to_health
from tests.views.charts.samples import (
    BROKEN,
    CART,
    DELETES_SHOP,
    ESTATE,
    HEALTH,
    KUBECTL,
    LEDGER,
    PLAN,
    PROVED,
    RESUMED,
    WEB,
    WEB_SET,
    at,
    big_estate,
    big_plan,
    big_report,
    change,
    field,
    live,
    live_object,
    object_id,
    plan,
)


def rows(frame, *columns):
    return [tuple(row) for row in frame[list(columns)].itertuples(index=False)]


def drawn(chart, name="name", value="x"):
    return {getattr(trace, name): list(getattr(trace, value)) for trace in chart.data if trace.type == "bar"}


class TestSync:
    def test_says_the_same_as_the_frame(self):
        chart = sync_chart(PLAN)
        assert rows(chart.frame, "namespace", "sync", "objects") == [
            ("docs", "Synced", 1), ("shop", "Extra", 1), ("shop", "Missing", 1), ("shop", "OutOfSync", 3), ("shop", "Synced", 1),
            ("shop", "Unreadable", 1),
        ]  # fmt: skip
        assert drawn(chart) == {
            "✓ Synced": [1, 1], "~ OutOfSync": [3, 0], "+ Missing": [1, 0], "− Extra": [1, 0], "? Unreadable": [1, 0],
        }  # fmt: skip
        assert chart.layout.yaxis.ticktext == ("shop", "docs")

    def test_by_kind_tells_the_namespaces_on_hovering(self):
        chart = sync_chart(PLAN, by="kind")
        synced = chart.data[0]
        assert dict(zip(chart.layout.yaxis.ticktext, synced.x, strict=True))["ConfigMap"] == 1
        assert ("ConfigMap", "docs") in [tuple(one) for one in synced.customdata]

    def test_what_has_no_namespace_is_named(self):
        assert rows(sync_chart(plan(change(Action.CREATE, object_id("Node", "n", "")))).frame, "namespace") == [("(cluster)",)]

    def test_names_that_are_cut_alike_stay_bars_of_their_own(self):
        long = ["x" * 60 + end for end in "ab"]
        chart = sync_chart(plan(*(change(Action.CREATE, object_id("Pod", "p", namespace)) for namespace in long)))
        assert len(chart.data[0].y) == 2
        assert {one[0] for one in chart.data[0].customdata} == set(long)


class TestStatus:
    def test_a_tile_per_object_in_its_kind_in_its_namespace(self):
        chart = status_chart(PLAN)
        [tiles] = [trace for trace in chart.data if trace.type == "treemap"]
        above = dict(zip(tiles.ids, tiles.parents, strict=True))
        named = dict(zip(tiles.ids, tiles.labels, strict=True))
        paths = set()
        for at_, size in zip(tiles.ids, tiles.values, strict=True):
            path, here = [], at_
            while here:
                path.insert(0, named[here])
                here = above[here]
            if size:
                paths.add(tuple(path))
        assert paths == {("room-4", one.id.namespace, one.id.kind, one.id.name) for one in PLAN.changes}

    def test_sync_and_health_by_word_and_look(self):
        chart = status_chart(PLAN, health=HEALTH | {object_id("Secret", "redis"): "Glowing"})
        assert rows(chart.frame, "name", "sync", "health")[:4] == [
            ("settings", "Missing", ""), ("web", "OutOfSync", "Degraded"), ("cart", "OutOfSync", "Progressing"),
            ("redis", "Synced", "Unknown"),
        ]  # fmt: skip
        tiles = chart.data[0]
        look = {name: (words, colour, shape) for name, words, colour, shape in
                zip(tiles.labels, tiles.text, tiles.marker.colors, tiles.marker.pattern.shape, strict=True)}  # fmt: skip
        assert look["web"] == ("~ OutOfSync · ✗ Degraded", "#e69f00", "x")
        assert look["settings"] == ("+ Missing", "#56b4e9", "")
        assert [trace.name for trace in chart.data[1:]] == [
            "✓ Synced 2", "~ OutOfSync 3", "+ Missing 1", "− Extra 1", "? Unreadable 1", "↻ Progressing 1", "✗ Degraded 1", "‖ Suspended 1",
            "? Unknown 1",
        ]  # fmt: skip

    def test_the_health_of_a_live_snapshot(self):
        said = set(rows(to_health(ESTATE), "kind", "namespace", "name", "health"))
        told = {row for row in rows(status_chart(PLAN, ESTATE).frame, "kind", "namespace", "name", "health") if row[-1]}
        assert told
        assert told <= said

    def test_thousands_stand_together_and_what_needs_a_look_is_seen(self):
        chart = status_chart(big_plan(10_000))
        tiles = chart.data[0]
        total = sum(tiles.values)
        troubled = sum(size for size, words in zip(tiles.values, tiles.text, strict=True) if "OutOfSync" in words)
        assert len(tiles.ids) < 400
        assert troubled / total > 0.1, "two in a hundred would not be seen"
        assert sum(int(words.split()[0]) for words, size in zip(tiles.text, tiles.values, strict=True) if size) == 10_000
        assert len(chart.frame) == 10_000

    def test_what_there_are_too_many_of_is_counted(self):
        many = plan(*(change(Action.CREATE, object_id(f"Kind{at % 30}", "x", f"n{at // 30}")) for at in range(3000)))
        words = [words for words, size in zip(status_chart(many).data[0].text, status_chart(many).data[0].values, strict=True) if size]
        assert sum(int(text.replace(",", "").split()[0]) for text in words) == 3000


class TestOwner:
    def test_drifted_fields_by_owner_and_kind(self):
        chart = owner_chart(PLAN)
        assert rows(chart.frame, "owner", "operation", "kind", "objects", "fields", "latest") == [
            ("(nobody: taken out)", "", "Deployment", 1, 1, ""),
            ("kube-controller-manager", "Update", "Deployment", 1, 1, "2026-03-01T11:30:00Z"),
            ("kubectl-edit", "Update", "Deployment", 2, 2, "2026-03-01T11:00:00Z"),
        ]
        assert drawn(chart) == {"Deployment": [2, 1, 1]}
        assert chart.layout.meta[1] == "4 fields of 2 drifted objects"

    def test_what_git_changed_is_no_drift(self):
        assert owner_chart(plan(change(Action.UPDATE, WEB, fields=(field("a", KUBECTL),)))).frame.empty

    def test_rare_kinds_share_a_colour(self):
        kinds = [
            change(Action.UPDATE, object_id(f"Kind{at}", "x"), drift=True, fields=(field("a", KUBECTL),) * (20 - at)) for at in range(12)
        ]
        chart = owner_chart(plan(*kinds))
        assert [trace.name for trace in chart.data][1:] == [f"Kind{at}" for at in range(6)]
        assert chart.data[0].name == "other kinds"
        assert sum(trace.x[0] for trace in chart.data) == chart.frame["fields"].sum()


class TestTimeline:
    def test_the_frame_tells_every_span(self):
        frame = timeline_chart(PROVED).frame
        assert rows(frame.round(2), "stage", "name", "object", "outcome", "begin_s", "seconds")[3:6] == [
            ("rights and configuration", "update", "settings", "changed", 1.38, 0.5),
            ("workloads", "update", "web", "changed", 1.93, 0.95),
            ("workloads", "update", "cart", "unchanged", 1.93, 0.45),
        ]
        assert frame["began_at"].iloc[0] == "2026-03-01T12:00:00.020000+00:00"

    def test_steps_of_a_wave_are_drawn_side_by_side(self):
        chart = timeline_chart(PROVED)
        lines = list(chart.layout.yaxis.ticktext)
        changed = next(trace for trace in chart.data if trace.name.startswith("✓ changed"))
        begins = dict(zip((lines[row] for row in changed.y), changed.base, strict=True))
        assert begins["Deployment shop/web"] == begins["StatefulSet shop/redis"]
        assert lines[0] == "<b>guards, 1 ! waived</b>"
        assert lines[-1] == "<b>proof</b>"

    def test_what_went_wrong_says_so_beside_its_bar(self):
        chart = timeline_chart(BROKEN)
        words = {trace.name: trace.text for trace in chart.data if trace.showlegend is None}
        assert words["✗ failed 1"] == ("✗ failed 0.95 s",)
        assert words["? unknown 1"] == ("? unknown 1.55 s",)
        assert chart.layout.meta[1] == "4 steps; 3.5 s; 2 not as expected"

    def test_calls_are_set_apart(self):
        chart = timeline_chart(RESUMED)
        assert [note.text for note in chart.layout.annotations] == [" call 2, 15:00:00"]
        assert len(chart.layout.shapes) == 1

    def test_thousands_of_steps_keep_what_went_wrong(self):
        chart = timeline_chart(big_report())
        lines = list(chart.layout.yaxis.ticktext)
        assert "Deployment × 2,499" in lines
        assert "Deployment team-5/object-05000" in lines
        assert len(chart.frame) == 10_000

    def test_a_report_without_events_says_so(self):
        assert timeline_chart(replace(PROVED, events=())).layout.meta[1] == "No event was recorded."


class TestBlast:
    def test_totals_and_what_holds_data(self):
        chart = blast_chart(DELETES_SHOP, ESTATE)
        assert chart.layout.meta == (
            "Blast radius: 35 objects go, 15 hold data",
            "1 delete and 1 replace take 33 more objects along; as far as this live snapshot shows; 1 of them is not in it",
        )
        holding = chart.frame[chart.frame["holds"] != ""].drop_duplicates("kind")
        assert rows(holding, "kind", "through", "because", "step", "holds") == [
            ("Secret", "its namespace goes", "Namespace shop", "Namespace shop", "2 keys"),
            ("PersistentVolumeClaim", "its namespace goes", "Namespace shop", "Namespace shop", "a volume of 10Gi"),
            ("ConfigMap", "its namespace goes", "Namespace shop", "Namespace shop", "1 key"),
            ("PersistentVolume", "its claim goes", "PersistentVolumeClaim shop/redis-0", "Namespace shop", "10Gi of storage"),
        ]
        holds = next(trace for trace in chart.data if "holds data" in trace.name)
        assert holds.name == "■ holds data 15"
        assert holds.marker.pattern.shape == "x"
        assert sum(sum(trace.x) for trace in chart.data) == len(chart.frame) == 35

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({WEB: Action.DELETE}, "1 delete takes 1 more object along"),
            ({WEB_SET: Action.REPLACE}, "1 replace takes 0 more objects along"),
            ({WEB: Action.DELETE, WEB_SET: Action.DELETE}, "2 deletes take 0 more objects along"),
        ],
    )
    def test_numbers_in_words(self, changes, said):
        estate = live(live_object(WEB), live_object(WEB_SET, WEB))
        chart = blast_chart(plan(*(change(action, of) for of, action in changes.items())), estate)
        assert chart.layout.meta[1].startswith(f"{said}; ")

    def test_what_could_not_be_read_is_said(self):
        blind = replace(ESTATE, unreadable=(Unreadable(group_kind="Secret", reason="Forbidden", message="no"),))
        assert blast_chart(DELETES_SHOP, blind).layout.meta[1].endswith("1 part could not be read")


class TestTree:
    def texts(self, chart):
        return [text.strip() for trace in chart.data if trace.type == "scatter" and trace.text for text in trace.text]

    def test_one_object_and_what_it_owns(self):
        chart = tree_chart(ESTATE, WEB)
        assert chart.frame["depth"].tolist() == [0, 1, *[2] * 9]
        assert rows(chart.frame, "name", "owner", "children")[:2] == [("web", "", 1), ("web-5d9c", "Deployment.apps shop/web", 9)]
        assert self.texts(chart)[:2] == ["<b>Deployment</b> web", "<b>ReplicaSet</b> web-5d9c"]
        assert "5 × Pod" in self.texts(chart)
        assert tree_chart(ESTATE, "Deployment.apps shop/web").layout.meta == chart.layout.meta

    def test_a_namespace(self):
        chart = tree_chart(ESTATE, "docs")
        assert self.texts(chart) == ["<b>ConfigMap</b> notes", "<b>ResourceQuota</b> new", "namespace docs"]

    def test_an_owner_that_is_not_there_is_told(self):
        chart = tree_chart(ESTATE, "shop")
        assert rows(chart.frame[chart.frame["missing"] != ""], "name", "missing") == [("report-29", "CronJob report")]
        [lost] = [trace for trace in chart.data if trace.name == "owner not in snapshot"]
        assert lost.text == (" <b>Job</b> report-29",)
        assert "1 with an owner that is gone or was not read" in chart.layout.meta[1]

    def test_nodes_do_not_stand_on_each_other(self):
        for chart in (tree_chart(ESTATE), tree_chart(big_estate())):
            places = [(x, y) for trace in chart.data if trace.mode == "markers+text" for x, y in zip(trace.x, trace.y, strict=True)]
            assert len(set(places)) == len(places)

    def test_labels_end_before_the_next_generation_begins(self):
        for trace in tree_chart(ESTATE).data:
            if trace.mode == "lines" and trace.name == "owns":
                starts, bends = trace.x[0::5], trace.x[1::5]
                assert all(start <= bend for start, bend in zip(starts, bends, strict=True))

    def test_one_alone_is_named_and_thousands_of_kinds_are_not(self):
        kinds = [live_object(object_id(f"Kind{at:04}", "only")) for at in range(3000)]
        texts = self.texts(tree_chart(live(*kinds)))
        assert len(texts) == 102
        assert "2,900 objects" in texts
        assert not any("×" in text for text in texts)

    def test_a_second_owner_is_drawn_too(self):
        other = object_id("Deployment", "other")
        chart = tree_chart(live(live_object(WEB), live_object(other), live_object(WEB_SET, WEB, other)))
        assert [trace.name for trace in chart.data][:2] == ["owns", "owns, too"]

    def test_rings_are_drawn(self):
        ring = live(live_object(WEB, CART), live_object(CART, WEB))
        assert tree_chart(ring).frame["name"].tolist() == ["web", "cart"]

    def test_a_chain_of_thousands_is_cut_with_a_count(self):
        chain = [object_id("Pod", f"p{number}") for number in range(3000)]
        owned = [live_object(one, *chain[max(0, at - 1) : at]) for at, one in enumerate(chain)]
        assert any(text.startswith("1 object and ") for text in self.texts(tree_chart(live(*owned))))

    @pytest.mark.parametrize("root", ["nowhere", object_id("Pod", "nobody"), "x\x1b[2J"])
    def test_what_is_not_there_is_an_error_with_a_next_step(self, root):
        with pytest.raises(UsageError, match="no object and no namespace") as caught:
            tree_chart(ESTATE, root)
        assert "everything=True" in caught.value.next_step
        assert "\x1b" not in str(caught.value)


class TestQuota:
    def test_amounts_in_their_own_units(self):
        frame = quota_chart(ESTATE).frame
        assert rows(frame.assign(percent=frame["percent"].fillna(-1)), "namespace", "resource", "used", "hard", "percent", "room") == [
            ("docs", "pods", "", "3", -1, "not counted yet"),
            ("shop", "count/secrets", "1", "0", 200, "over limit"),
            ("shop", "pods", "11", "20", 55, "within"),
            ("shop", "requests.cpu", "1900m", "2", 95, "near limit"),
            ("shop", "requests.memory", "4608Mi", "4Gi", 112.5, "over limit"),
            ("shop", "services", "5", "5", 100, "at limit"),
        ]

    def test_words_beside_the_bars(self):
        chart = quota_chart(ESTATE)
        words = chart.data[-1].text
        assert words[3] == "1900m of 2 (95 %)  <b>! near limit</b>"
        assert words[1] == "1 of 0  <b>✗ over limit</b>"
        assert words[2] == "11 of 20 (55 %)"
        assert max(max(trace.x) for trace in chart.data[:-1]) == 120, "a bar ends somewhere, however much is over"

    def test_the_tightest_are_shown_of_many(self):
        status = {"hard": {f"count/r{at:03}": "100" for at in range(300)}, "used": {f"count/r{at:03}": str(at % 101) for at in range(300)}}
        chart = quota_chart(live(live_object(object_id("ResourceQuota", "q"), status=status)))
        assert chart.layout.meta[1].endswith("; the tightest 60 shown")
        assert len(chart.frame) == 300


class Workspace:
    history = (PLAN, PROVED, plan(change(Action.NO_OP, WEB), created_at=at(300)))

    def ledger(self):
        return LEDGER


class TestHistory:
    def test_plans_from_the_workspace_and_executions_from_the_ledger(self):
        frame = history_chart(Workspace()).frame
        assert rows(frame, "what", "steps", "drifted", "changed", "failed", "not_done", "ending") == [
            ("plan", 5, 2, 0, 0, 0, "differs"),
            ("apply", 3, 0, 1, 1, 1, "stopped"),
            ("apply", 3, 0, 0, 0, 3, "stopped"),
            ("apply", 2, 0, 2, 0, 0, "proved"),
            ("plan", 0, 0, 0, 0, 0, "in sync"),
        ]
        assert frame["at"].iloc[-1] == "2026-03-01T12:05:00+00:00"

    def test_a_real_workspace_and_its_ledger(self, workspace):
        made = workspace.plan()
        workspace.apply(made, confirm=made.id)
        assert history_chart(workspace).frame["ending"].tolist() == ["differs", "proved"]

    def test_a_report_stands_at_its_end(self):
        assert history_chart([BROKEN]).frame[["at", "ending"]].iloc[0].tolist() == ["2026-03-01T12:00:03.500000+00:00", "stopped"]

    def test_words_beside_the_bars_and_the_newest_on_top(self):
        chart = history_chart(Workspace())
        assert chart.data[-1].text == (" ✓ in sync", " ✓ proved", " ✗ stopped", " ✗ stopped", " ~ differs, 2 drifted")
        assert chart.layout.yaxis.ticktext == (
            "2026-03-01 12:05:00 plan", "12:03:00 <b>apply</b>", "12:02:00 <b>apply</b>", "12:01:00 <b>apply</b>", "12:00:00 plan",
        )  # fmt: skip

    def test_the_last_of_many(self):
        chart = history_chart(LEDGER * 1000)
        assert len(chart.layout.yaxis.ticktext) == 40
        assert chart.layout.meta[1].endswith("; the last 40 shown")
        assert len(chart.frame) == 3000

    @pytest.mark.parametrize(
        "entry", [{}, 5, LEDGER[0] | {"at": "yesterday"}, LEDGER[0] | {"rows": [{"outcome": "glorious"}]}, LEDGER[0] | {"rows": None}]
    )
    def test_what_is_no_history_is_an_error(self, entry):
        with pytest.raises(UsageError, match="no entry of a ledger"):
            history_chart([entry])


@pytest.mark.parametrize(
    "chart",
    [sync_chart(PLAN), status_chart(PLAN), owner_chart(PLAN), timeline_chart(PROVED), quota_chart(ESTATE), tree_chart(ESTATE),
     blast_chart(DELETES_SHOP, ESTATE), history_chart(LEDGER)],
    ids=lambda chart: chart.layout.meta[0].split()[0],
)  # fmt: skip
def test_frames_hold_text_and_numbers_alone(chart):
    assert {str(dtype) for dtype in chart.frame.dtypes} <= {"str", "int64", "float64", "bool"}
