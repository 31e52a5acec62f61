"""A cluster tells its time, how fast it answers, and what changes objects on their way in; on both engines."""

from datetime import UTC, datetime, timedelta

import pytest

from gitopskit.apply.bind import bind
from gitopskit.apply.policy import Policy
from gitopskit.apply.subject import Subject
from gitopskit.model.plan import PlanOptions
from gitopskit.providers.base import Vital
from gitopskit.providers.kubernetes.vitals import _skew
from tests.providers.kubernetes.conftest import snapshot

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {greeting: hello}\n"


def test_a_live_cluster(provider):
    assert isinstance(provider, Vital)
    vitals = provider.vitals()
    assert 0 < vitals.round_trip_s < 5
    assert abs(vitals.skew_s) < 5
    assert (vitals.known_version, vitals.mutators) == ("1.37", 0)


def test_webhooks_are_counted(site):
    hook = f"""
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: {site.namespace}}}
webhooks:
- name: hook.example.test
  clientConfig: {{url: "https://127.0.0.1:1/"}}
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Ignore
  namespaceSelector: {{matchLabels: {{nobody: has}}}}
  rules: [{{apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [UPDATE]}}]
"""
    site.kubectl("apply", "--server-side", "-f", "-", text=hook)
    try:
        assert site.provider.vitals().mutators == 1
    finally:
        site.kubectl("delete", "mutatingwebhookconfiguration", site.namespace)


def test_somebody_with_few_rights_is_told_what_is_missing(restricted, home_dir):
    options = PlanOptions(namespace=restricted.namespace)
    subject = Subject(
        provider=restricted.provider, policy=Policy.for_sandbox(), load=lambda: snapshot(SETTINGS), options=options
    )  # fmt: skip
    rows = {row.name: row for row in bind(subject).rows}
    assert not rows["rights"].holds
    assert "may not" in rows["rights"].found
    assert rows["webhooks"].outcome.value == "unknown"
    assert "certificate authority alone" in rows["known target"].found
    assert "as Ada" in rows["known target"].found


@pytest.mark.parametrize(
    ("date", "skew"),
    [
        ("Sun, 01 Mar 2026 12:00:00 GMT", 0.4), ("Sun, 01 Mar 2026 13:00:00 GMT", 3600.4), ("Sun, 01 Mar 2026 11:59:00 GMT", -59.6),
        ("", None), ("yesterday", None), ("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Thu, 01 Jan 2026 00:00:00 +99999999999999", None),
        ("Sun, 01 Mar 2026 12:00:00 -0000", None),
    ],
)  # fmt: skip
def test_how_far_their_clock_is_ahead(date, skew):
    found = _skew(date, NOW, 0.2)
    assert found == skew or abs(found - skew) < 1e-6


def test_a_moment_on_the_way_is_half_the_way_back():
    assert _skew("Sun, 01 Mar 2026 12:00:00 GMT", NOW - timedelta(seconds=1), 2.0) == 0.5
