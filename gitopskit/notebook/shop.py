"""The desired state of the shop that lessons play with, commit by commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit of the shop's history."""

    subject: str
    author: str
    at: str
    files: dict[str, str]


_NAMESPACE: Final = """\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {team: storefront}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: team, namespace: shop}
spec:
  hard: {pods: "20", requests.cpu: "4", requests.memory: 4Gi}
---
apiVersion: v1
kind: LimitRange
metadata: {name: containers, namespace: shop}
spec:
  limits:
  - type: Container
    default: {cpu: 200m, memory: 128Mi}
    defaultRequest: {cpu: 50m, memory: 64Mi}
"""

_WEB: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {app: web}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: registry.example/shop/web:1.4.2
        ports:
        - containerPort: 8080
        envFrom:
        - configMapRef: {name: settings}
        resources:
          requests: {cpu: 100m, memory: 128Mi}
          limits: {cpu: 500m, memory: 256Mi}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8080}
"""

_CART: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
  labels: {app: cart}
spec:
  replicas: 1
  selector:
    matchLabels: {app: cart}
  template:
    metadata:
      labels: {app: cart}
    spec:
      containers:
      - name: cart
        image: registry.example/shop/cart:0.9.0
        env:
        - name: REDIS_PASSWORD
          valueFrom:
            secretKeyRef: {name: redis, key: password}
"""

_SETTINGS: Final = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  currency: EUR
  greeting: Welcome
  checkout: "on"
"""

_PRIVATE: Final = """\
apiVersion: v1
kind: Secret
metadata: {name: redis, namespace: shop}
stringData:
  password: not-a-real-password
"""

COMMITS: Final = (
    Commit(
        subject="Give the storefront team a namespace with a quota",
        author="Grace",
        at="2026-02-02T08:15:00Z",
        files={"deploy/namespace.yaml": _NAMESPACE, "README.md": "# The shop\n\nDesired state lies in `deploy/`.\n"},
    ),
    Commit(subject="Run the web front end", author="Ada", at="2026-02-03T10:40:00Z", files={"deploy/web.yaml": _WEB}),
    Commit(
        subject="Add the cart and its settings",
        author="Linus",
        at="2026-02-10T14:05:00Z",
        files={"deploy/cart.yaml": _CART, "deploy/settings.yaml": _SETTINGS, "deploy/secret.yaml": _PRIVATE},
    ),
)
