"""Which label stands for which name?

Names become numbered labels ("namespace-1", "secret-3", "host-2"), the same name always the same label. Labels can be kept in a key
file, which gives the names back and keeps the labels of further files the same. Text is searched for every known name, and for whatever
has the shape of a name (addresses, paths, quoted words, words with a hyphen or an underscore).

The trap that shaped it: a name hides in places that are no name: in a message, in the key of a field path, in a value, in an image. So what
is left standing is what the Kubernetes API itself defines, never what happens not to be recognised.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from gitopskit.errors import UsageError
from gitopskit.home import replace_file
from gitopskit.views.lexicon import Lexicon
from gitopskit.views.vocabulary import is_compound, is_plain_value, known_label_at_end, vocabulary

FORMAT: Final = "gitopskit-key/1"
_ORDINARY: Final = re.compile(r"[^\W_]+(?:[\W_][^\W_]+)*", re.ASCII)
_PARTS: Final = re.compile(r"([^A-Za-z0-9]+)")
_PIECES: Final = re.compile(
    r"(?P<url>\b[a-zA-Z][\w+.-]*://[^\s\"'<>`]+)"
    r"|(?P<quoted>\"(?:[^\"\\]|\\.)*\"|`[^`]*`|(?<!\w)'[^']*'(?!\w))"
    r"|(?P<token>(?:(?<!\w)/)?\w[\w.:@/+~-]*)"
)
_PATH_PIECES: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|[^.\[\]=,\"]+")
_STRUCTURED: Final = re.compile(r"[./:@]")
_GENERATED: Final = re.compile(r"[bcdfghjklmnpqrstvwxz2456789]{4,10}")
"""What Kubernetes puts after a name to make it unique (``k8s.io/apimachinery/pkg/util/rand``): no vowels, so that it makes no word."""
_IP: Final = re.compile(r"(\d{1,3}\.){3}\d{1,3}([:/]\d+)?")
_ADDRESS: Final = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?")
_FIELDS: Final = re.compile(r"[A-Za-z]+(\.[A-Za-z]+)+")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?")


class Labels:
    """Names and what stands for them.

    Parameters
    ----------
    known
        Label to name, from a key file.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._names = dict(known or {})
        self._labels = {name: label for label, name in self._names.items()}
        self._folded = {name.casefold(): label for name, label in self._labels.items()}
        self._counts: Counter[str] = Counter()
        self._odd: dict[str, tuple[str, str]] = {}
        self._originals: set[str] = set()
        for name, label in self._labels.items():
            self._note(name, label)

    @classmethod
    def load(cls, path: str | Path) -> Labels:
        """Read a key file; one that is not there yet holds no label.

        Raises
        ------
        UsageError
            It cannot be read, or is no key file.
        """
        try:
            found: Any = orjson.loads(Path(path).read_bytes())
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise UsageError(f"the key file cannot be read: {error.strerror}", where=str(path), next_step="name another") from None
        except orjson.JSONDecodeError:
            found = None
        labels = found.get("labels") if isinstance(found, dict) and found.get("format") == FORMAT else None
        if not isinstance(labels, dict) or not all(isinstance(name, str) for name in labels.values()):
            raise UsageError("this is no key file", where=str(path), next_step="name another place for the key")
        return cls(labels)

    def save(self, path: str | Path) -> None:
        """Write the key file (mode 0600).

        Raises
        ------
        UsageError
            It cannot be written.
        """
        text = orjson.dumps({"format": FORMAT, "labels": self._names}, option=orjson.OPT_INDENT_2).decode() + "\n"
        try:
            replace_file(Path(path), text)
        except OSError as error:
            raise UsageError(f"the key file cannot be written: {error.strerror}", where=str(path), next_step="name another place") from None

    @property
    def names(self) -> Mapping[str, str]:
        """Label to name."""
        return dict(self._names)

    def expect(self, names: Iterable[str]) -> None:
        """Say which names there are, so that no label is taken for one of them."""
        self._originals |= {name.casefold() for name in names}

    def of(self, name: str, sort: str) -> str:
        """Return the label of a name; the first sort that a name is asked for is the one that it keeps."""
        if not name:
            return ""
        if name not in self._labels:
            label = next(label for label in self._numbered(sort) if label not in self._names and label not in self._originals)
            self._names[label] = name
            self._labels[name] = label
            self._note(name, label)
        return self._labels[name]

    def also(self, name: str, label: str) -> None:
        """Let another spelling of a name have its label, too."""
        if name:
            self._labels.setdefault(name, label)
            self._note(name, label)

    def in_path(self, path: str) -> str:
        """Return a field path in which the API's words stand, and every other key is a label."""
        key = known_label_at_end(path)
        masked = _PATH_PIECES.sub(lambda found: self._path_piece(found.group()), path.removesuffix(key))
        return masked + key

    def _path_piece(self, piece: str) -> str:
        if piece.startswith('"'):
            inner = piece[1:-1]
            return piece if is_plain_value(inner) else f'"{self.of(inner, "name")}"'
        return piece if vocabulary().has_word(piece) or not piece.strip() else self.of(piece, "key")

    def label_of(self, name: str) -> str:
        """Return the label that a name has by now; empty where it has none."""
        return self._labels.get(name) or self._folded.get(name.casefold(), "")

    def in_text(self, text: str, lexicon: Lexicon | None = None) -> str:
        """Return text in which labels stand for known names, addresses, paths and quoted words.

        Parameters
        ----------
        lexicon
            The words that may stand. Without one every plain word does that is no known name.
        """
        # A label that stands in the text by now is no name; a name that looks like one has a label of its own.
        for name, label in self._odd_names_in(text):
            text = re.sub(_bounded(name), label, text, flags=re.IGNORECASE)
        return _PIECES.sub(lambda found: self._piece(found, lexicon), text)

    def _odd_names_in(self, text: str) -> list[tuple[str, str]]:
        """Return those that occur, longest first: one may be a part of another."""
        folded = text.casefold()
        found = [(name, label) for name, (label, small) in self._odd.items() if small in folded]
        return sorted(found, key=lambda pair: -len(pair[0]))

    def _piece(self, found: re.Match[str], lexicon: Lexicon | None) -> str:
        whole = found.group()
        if found.lastgroup == "url":
            return self.label_of(whole) or self.of(whole, "address")
        if found.lastgroup == "quoted":
            return whole[0] + self._quoted(whole[1:-1], lexicon) + whole[-1]
        token = whole.rstrip(".:@/+~-")
        return self._token(token, lexicon) + whole[len(token) :]

    def _quoted(self, word: str, lexicon: Lexicon | None) -> str:
        known = self.label_of(word)
        if known or word in self._names or is_plain_value(word) or _stands(word, lexicon):
            return known or word
        pieces = list(self._split(word))
        if "-" in word and any(is_label for _, is_label in pieces) and _is_made_of_known(pieces, lexicon):
            return "".join(part for part, _ in pieces)
        return self.of(word, "text")

    def _token(self, token: str, lexicon: Lexicon | None) -> str:
        known = self.label_of(token)
        if known or token in self._names or _MOMENT.fullmatch(token):
            return known or token
        if _IP.fullmatch(token):
            return self.of(token, "host")
        if _FIELDS.fullmatch(token) and vocabulary().fields.issuperset(token.split(".")):
            return token  # a path of fields, whatever else is called so
        if lexicon and (is_compound(token) or ("-" in token and lexicon.has(token))):
            return token
        pieces = list(self._split(token))
        if _STRUCTURED.search(token) and not all(is_label or _stands(word, lexicon) for word, is_label in pieces):
            return self.of(token, "path" if "/" in token else "host" if _ADDRESS.fullmatch(token) else "text")
        if lexicon and lexicon.has(token):
            return "".join(word for word, _ in pieces)
        if re.search("[-_]", token) and not is_compound(token) and not _is_made_of_known(pieces, lexicon):
            return self.of(token, "text")
        if lexicon and not _is_made_of_words(pieces, lexicon):
            return self.of(token, "word")
        return "".join(word for word, _ in pieces)

    def _split(self, token: str) -> Iterator[tuple[str, bool]]:
        """Yield the parts of a token, the longest known names in it as labels."""
        parts = _PARTS.split(token)
        start = 0
        while start < len(parts):
            for end in range(len(parts), start, -1):
                word = "".join(parts[start:end])
                label = self.label_of(word) if word and not (end == start + 1 and word in vocabulary().kinds) else ""
                if label:
                    yield label, True
                    break
            else:
                end = start + 1
                yield parts[start], False
            start = end

    def _note(self, name: str, label: str) -> None:
        self._folded.setdefault(name.casefold(), label)
        if not _ORDINARY.fullmatch(name) or re.search(r"[^\w.:@/+~-]", name):
            self._odd.setdefault(name, (label, name.casefold()))

    def _numbered(self, sort: str) -> Iterator[str]:
        while True:
            self._counts[sort] += 1
            yield f"{sort}-{self._counts[sort]}"


def _bounded(name: str) -> str:
    """Return a pattern for a name in a text: one that ends in a full stop (``v1.``) is not the beginning of ``v1.37``."""
    before, after = ("" if name[at].isalnum() else bound for at, bound in ((0, r"(?<!\w)"), (-1, r"(?!\w)")))
    return f"{before}{re.escape(name)}{after}"


def _is_made_of_known(pieces: list[tuple[str, bool]], lexicon: Lexicon | None) -> bool:
    """Whether the parts of a token are labels, with what Kubernetes puts after a name, or words of the API."""
    has_label = any(is_label for _, is_label in pieces)
    return all(is_label or _stands(word, lexicon) or bool(has_label and _GENERATED.fullmatch(word)) for word, is_label in pieces)


def _is_made_of_words(pieces: list[tuple[str, bool]], lexicon: Lexicon) -> bool:
    """Whether every part of a token that is no label may stand in a sentence."""
    has_label = any(is_label for _, is_label in pieces)
    return all(
        is_label or not word[:1].isalnum() or lexicon.has(word) or bool(has_label and _GENERATED.fullmatch(word))
        for word, is_label in pieces
    )


def _stands(word: str, lexicon: Lexicon | None) -> bool:
    """Whether a part of a token may stay: the API's word, one of ours where there is a lexicon, or what is between words."""
    return not word[:1].isalnum() or (lexicon.has_name(word) if lexicon else vocabulary().has_word(word))
