"""Rules for the configurations of admission webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from gitopskit.sandbox.kinds.validation.admission import check_conditions
from gitopskit.sandbox.kinds.validation.selectors import check_label_selector
from gitopskit.sandbox.machinery.causes import Faults, label_1035_problems, subdomain_problems

Object = Mapping[str, Any]

_GROUP = "admissionregistration.k8s.io"
_KNOWN_VERSIONS = {"v1", "v1beta1"}
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SEGMENTS = "should be a domain with at least three segments separated by dots"
_DESIRED = "'https' is the only allowed URL scheme; desired format: https://host[/path]"
_CHOICES = (("failurePolicy", ("Fail", "Ignore")), ("matchPolicy", ("Equivalent", "Exact")))
_TIMEOUTS_S = range(1, 31)


def check_configuration(obj: Object, faults: Faults) -> None:
    """Check a ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""
    names: set[str] = set()
    for at, hook in enumerate(obj.get("webhooks") or ()):
        path = f"webhooks[{at}]"
        _check_hook(hook, path, faults)
        if hook.get("name") in names:
            faults.duplicate(f"{path}.name", hook["name"])
        names.add(hook.get("name", ""))
    for at, hook in enumerate(obj.get("webhooks") or ()):
        if not hook.get("admissionReviewVersions"):
            faults.required(f"webhooks[{at}].admissionReviewVersions", "must specify one of v1, v1beta1")
        else:
            _check_versions(hook["admissionReviewVersions"], f"webhooks[{at}].admissionReviewVersions", faults)


def _check_hook(hook: Object, path: str, faults: Faults) -> None:
    _check_name(hook.get("name", ""), f"{path}.name", faults)
    for at, rule in enumerate(hook.get("rules") or ()):
        _check_rule(rule, f"{path}.rules[{at}]", faults)
    for name, supported in _CHOICES:
        if hook.get(name) and hook[name] not in supported:
            faults.unsupported(f"{path}.{name}", hook[name], supported)
    if not hook.get("sideEffects"):
        faults.required(f"{path}.sideEffects", "must specify one of None, NoneOnDryRun")
    elif hook["sideEffects"] not in ("None", "NoneOnDryRun"):
        faults.unsupported(f"{path}.sideEffects", hook["sideEffects"], ("None", "NoneOnDryRun"))
    if hook.get("timeoutSeconds", 10) not in _TIMEOUTS_S:
        faults.invalid(f"{path}.timeoutSeconds", hook["timeoutSeconds"], "the timeout value must be between 1 and 30 seconds")
    for name in ("namespaceSelector", "objectSelector"):
        check_label_selector(hook.get(name) or {}, f"{path}.{name}", faults)
    _check_client(hook.get("clientConfig") or {}, f"{path}.clientConfig", faults)
    if hook.get("matchConditions"):
        check_conditions(hook["matchConditions"], path, faults)
    if hook.get("reinvocationPolicy", "Never") not in ("IfNeeded", "Never"):
        faults.unsupported(f"{path}.reinvocationPolicy", hook["reinvocationPolicy"], ("IfNeeded", "Never"))


def _check_name(name: str, path: str, faults: Faults) -> None:
    if not name:
        faults.required(path)
    elif problems := subdomain_problems(name):
        faults.each(path, name, problems)
    elif name.count(".") < 2:
        faults.invalid(path, name, _SEGMENTS)


def _check_versions(versions: list[str], path: str, faults: Faults) -> None:
    for at, version in enumerate(versions):
        faults.each(f"{path}[{at}]", version, label_1035_problems(version))
        if version in versions[:at]:
            faults.invalid(f"{path}[{at}]", version, "duplicate version")
    if not _KNOWN_VERSIONS & set(versions):
        faults.invalid(path, versions, "must include at least one of v1, v1beta1")


def _check_rule(rule: Object, path: str, faults: Faults) -> None:
    operations = rule.get("operations") or []
    _check_listed(operations, f"{path}.operations", "operations", faults)
    for at, operation in enumerate(operations):
        if operation not in _OPERATIONS:
            faults.unsupported(f"{path}.operations[{at}]", operation, _OPERATIONS)
    for name, many in (("apiGroups", "API groups"), ("apiVersions", "API versions")):
        _check_listed(rule.get(name) or [], f"{path}.{name}", many, faults)
    for at, version in enumerate(rule.get("apiVersions") or ()):
        if not version:
            faults.required(f"{path}.apiVersions[{at}]")
    _check_resources(rule.get("resources") or [], f"{path}.resources", faults)
    if rule.get("scope", "*") not in ("*", "Cluster", "Namespaced"):
        faults.unsupported(f"{path}.scope", rule["scope"], ("*", "Cluster", "Namespaced"))


def _check_listed(values: list[str], path: str, many: str, faults: Faults) -> None:
    if not values:
        faults.required(path)
    if len(values) > 1 and "*" in values:
        faults.invalid(path, values, f"if '*' is present, must not specify other {many}")


def _check_resources(resources: list[str], path: str, faults: Faults) -> None:
    if not resources:
        faults.required(path)
    for at, resource in enumerate(resources):
        main, slash, below = resource.partition("/")
        if not resource:
            faults.required(f"{path}[{at}]")
        for wide in (f"{main}/*", f"*/{below}") if slash else ():
            if wide != resource and wide in resources[:at] and main != "*":
                faults.invalid(f"{path}[{at}]", resource, f"if '{wide}' is present, must not specify {resource}")
    if "*/*" in resources and len(resources) > 1:
        faults.invalid(path, resources, "if '*/*' is present, must not specify other resources")
    if "*" in resources and any("/" not in item for item in resources if item != "*"):
        faults.invalid(path, resources, "if '*' is present, must not specify other resources without subresources")


def _check_client(config: Object, path: str, faults: Faults) -> None:
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        faults.required(path, "exactly one of url or service is required")
    elif url is not None:
        _check_url(url, f"{path}.url", faults)
    elif service is not None:
        for name in ("name", "namespace"):
            if not service.get(name):
                faults.required(f"{path}.service.{name}")
        if not 0 < service.get("port", 443) < 65536:
            faults.invalid(f"{path}.service.port", service["port"], "port is not valid: must be between 1 and 65535, inclusive")


def _check_url(url: str, path: str, faults: Faults) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https":
        faults.invalid(path, parts.scheme, _DESIRED)
    if not parts.netloc.rpartition("@")[2]:
        faults.invalid(path, "", "host must be specified; desired format: https://host[/path]")
    given = (
        (parts.netloc.rpartition("@")[0], "user information is not permitted in the URL"),
        (parts.fragment, "fragments are not permitted in the URL"),
        (parts.query, "query parameters are not permitted in the URL"),
    )
    for value, why in given:
        if value:
            faults.invalid(path, value, why)


CREATE = {(_GROUP, f"{kind}WebhookConfiguration"): check_configuration for kind in ("Validating", "Mutating")}
