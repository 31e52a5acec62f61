"""The embedded Kubernetes API: what a kube-apiserver and its controllers answer, in pure Python.

One door: `api.Api.handle(Request) -> Response`. Everything behind it knows nothing of sockets; `server` and `serve` put it on a
loopback port. The rooms, in the order a request walks through them::

    server ─► api ─► routing ─► rbac ─► reads (lists, watch, tables)        ─► store
                                   └──► writes (decode, defaults, admission, validation, managed fields) ─► store
                                                                              controllers ◄─ (what changed) ─┘
"""
