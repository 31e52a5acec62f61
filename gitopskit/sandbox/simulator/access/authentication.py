"""Who asks: static tokens, tokens of ServiceAccounts, nobody, and somebody in another's name.

Static tokens are looked up by their digest, so that no comparison takes longer for a better guess. A ServiceAccount's token is a JWT of
the real server's shape, signed with a key that this server alone has, and holds while its account does.

References
----------
Kubernetes, "Authenticating"; RFC 7519.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import orjson

from gitopskit.sandbox.machinery.request import Request, User
from gitopskit.sandbox.machinery.status import bad_request, unauthorized
from gitopskit.sandbox.machinery.store import Store
from gitopskit.sandbox.simulator.access.rbac import Authorizer, refusal
from gitopskit.sandbox.simulator.routing import Question

AUDIENCE = "https://kubernetes.default.svc"
_EVERYBODY = "system:authenticated"
_ACCOUNT = "system:serviceaccount:"
_EXTRA = "impersonate-extra-"
ANONYMOUS = User(name="system:anonymous", groups=("system:unauthenticated",))


class Authenticator:
    """Knows users by what they bring.

    Parameters
    ----------
    tokens
        Token → user.
    """

    def __init__(self, tokens: Mapping[str, User], store: Store, clock: Callable[[], datetime]) -> None:
        self._users = {_digest(token): user for token, user in tokens.items()}
        self._store = store
        self._clock = clock
        self._borrowers: set[str] = set()
        self._key = secrets.token_bytes(32)

    def user_of(self, request: Request, question: Question, authorizer: Authorizer) -> User:
        """Return who asks, in whose name he asks.

        Raises
        ------
        StatusError
            401 for a token that nobody has, 403 for a name that he may not borrow.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        user = self.bearer(token.strip()) if scheme.lower() == "bearer" else ANONYMOUS
        if user is None:
            raise unauthorized()
        borrowed = _borrowed(request.headers)
        if borrowed is None:
            return user
        for needed in _needed(borrowed):
            if not authorizer.allows(user, needed):  # the real server words it by the way that last let the same user through
                raise refusal(user, needed if user.name in self._borrowers else _as_borrower(question, borrowed))
        self._borrowers.add(user.name)
        return replace(borrowed, groups=_groups(borrowed))

    def bearer(self, token: str) -> User | None:
        """Return whose token it is."""
        return self._users.get(_digest(token)) or self._account(token)

    def issue(self, account: Mapping[str, Any], audiences: list[str], expiration_s: int) -> str:
        """Return a token for a ServiceAccount."""
        metadata, now = account["metadata"], int(self._clock().timestamp())
        name, namespace = metadata["name"], metadata["namespace"]
        claims = {
            "aud": audiences, "exp": now + expiration_s, "iat": now, "iss": AUDIENCE, "jti": str(uuid.uuid4()),
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": metadata["uid"]}},
            "nbf": now, "sub": f"{_ACCOUNT}{namespace}:{name}",
        }  # fmt: skip
        body = f"{_encoded(orjson.dumps({'alg': 'HS256', 'typ': 'JWT'}))}.{_encoded(orjson.dumps(claims))}"
        return f"{body}.{self._signature(body)}"

    def _signature(self, body: str) -> str:
        return _encoded(hmac.digest(self._key, body.encode(), "sha256"))

    def _account(self, token: str) -> User | None:
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(body).encode(), signature.encode()):
            return None
        claims = orjson.loads(urlsafe_b64decode(body.partition(".")[2] + "=="))
        bound = claims["kubernetes.io"]
        entry = self._store.get(("", "serviceaccounts"), bound["namespace"], bound["serviceaccount"]["name"])
        is_same = entry is not None and entry.object["metadata"]["uid"] == bound["serviceaccount"]["uid"]
        if not is_same or AUDIENCE not in claims["aud"] or claims["exp"] <= self._clock().timestamp():
            return None
        extra = {"authentication.kubernetes.io/credential-id": [f"JTI={claims['jti']}"]}
        user = User(name=claims["sub"], uid=bound["serviceaccount"]["uid"], extra=extra)
        return replace(user, groups=_groups(user))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _encoded(text: bytes) -> str:
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def _groups(user: User) -> tuple[str, ...]:
    """Return the groups of a user, with those that come by themselves."""
    if user.name == ANONYMOUS.name:
        return tuple(dict.fromkeys((*user.groups, *ANONYMOUS.groups)))
    place = user.name.removeprefix(_ACCOUNT).partition(":")[0]
    own = ("system:serviceaccounts", f"system:serviceaccounts:{place}") if user.name.startswith(_ACCOUNT) and not user.groups else ()
    return tuple(dict.fromkeys((*user.groups, *own, _EVERYBODY)))


def _borrowed(headers: Mapping[str, str]) -> User | None:
    groups = tuple(filter(None, headers.get("impersonate-group", "").split(", ")))
    extra = {unquote(name.removeprefix(_EXTRA)): value.split(", ") for name, value in headers.items() if name.startswith(_EXTRA)}
    user = User(name=headers.get("impersonate-user", ""), groups=groups, uid=headers.get("impersonate-uid", ""), extra=extra)
    if not user.name and (groups or user.uid or extra):
        raise bad_request(f"requested {_as_go(user)} without impersonating a user name")
    return user if user.name else None


def _as_go(user: User) -> str:
    groups = ", ".join(f'"{group}"' for group in user.groups)
    shown = f"[]string{{{groups}}}" if user.groups else "[]string(nil)"
    return f'&user.DefaultInfo{{Name:"", UID:"{user.uid}", Groups:{shown}, Extra:map[string][]string(nil)}}'


def _needed(user: User) -> list[Question]:
    """Return what one must be allowed in order to speak for this user."""
    if user.name.startswith(_ACCOUNT):
        namespace, _, name = user.name.removeprefix(_ACCOUNT).partition(":")
        asked = [Question(verb="impersonate", resource="serviceaccounts", namespace=namespace, name=name)]
    else:
        asked = [Question(verb="impersonate", resource="users", name=user.name)]
    asked += [Question(verb="impersonate", resource="groups", name=group) for group in user.groups]
    group = "authentication.k8s.io"
    asked += [Question(verb="impersonate", group=group, resource="uids", name=user.uid)] if user.uid else []
    return asked + [
        Question(verb="impersonate", group=group, resource="userextras", subresource=key, name=value)
        for key, values in user.extra.items()
        for value in values
    ]


def _as_borrower(question: Question, user: User) -> Question:
    what = "serviceaccount" if user.name.startswith(_ACCOUNT) else "user-info"
    return question.with_verb(f"impersonate-on:{what}:{question.verb}")
