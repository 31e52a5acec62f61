"""No case of a YAML file hides another one of the same name."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

TESTS = Path(__file__).parents[1]
FILES = [path.relative_to(TESTS) for path in sorted(TESTS.rglob("*.yaml")) if "recorded" not in path.name]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_names_stand_once(path):
    for document in yaml.compose_all((TESTS / path).read_text()):
        if isinstance(document, yaml.MappingNode):
            names = Counter(key.value for key, _ in document.value)
            assert [name for name, count in names.items() if count > 1] == []
