"""Start and stop a whole control plane: loopback, ephemeral ports, a private folder, one random token.

The programs are children of the process that calls `start`, and are told by the kernel when it dies (Linux). Whoever wants them to
outlive a notebook kernel, or to be gone with it even after kill -9, runs `sandbox.host` in between.

The trap that shaped it: a kube-apiserver that is told to stop keeps its port for many seconds, so every start takes fresh ports; and
the kernel's parent-death signal is bound to the *thread* that started the child, so `start` must run on a thread that lives on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gitopskit.errors import SandboxError, plain
from gitopskit.sandbox.client import Client
from gitopskit.sandbox.controlplane.binaries import KUBERNETES, Binaries, find
from gitopskit.sandbox.controlplane.nodes import STAGES
from gitopskit.sandbox.kubeconfig import write_kubeconfig
from gitopskit.sandbox.pools import KUBELET, Pool, nodes_of
from gitopskit.sandbox.users import Bearers

READY_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 3.0
POLL_S: Final = 0.05
PR_SET_PDEATHSIG: Final = 1
_NOBODY: Final[Bearers] = MappingProxyType({})


@dataclass(kw_only=True)
class ControlPlane:
    """A running control plane."""

    folder: Path
    server: str
    token: str = field(repr=False)
    ca_pem: str = field(repr=False)
    version: str = KUBERNETES
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, repr=False)

    def close(self) -> None:
        """Stop every program, newest first, and remove the folder; safe to call twice."""
        for process in reversed(self.processes.values()):
            with contextlib.suppress(ProcessLookupError):
                process.kill()  # nothing here is kept: graceful shutdown would only take time
        for process in self.processes.values():
            process.wait(STOP_TIMEOUT_S)
        self.processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(*, nodes: int = 3, port: int = 0, token: str = "", bearers: Bearers = _NOBODY) -> ControlPlane:
    """Start a control plane; it answers when this returns, its nodes become Ready a few seconds later.

    Raises
    ------
    SandboxError
        A program is missing, or died; the message carries its last log lines.
    """
    binaries = find()
    _check_free(port)
    folder = Path(tempfile.mkdtemp(prefix="gitopskit-"))
    plane = ControlPlane(folder=folder, server="", token=token or secrets.token_urlsafe(32), ca_pem="")
    try:
        _write_tokens(plane, bearers)
        _start_etcd_and_api(plane, binaries, port)
        client = Client(plane.server, plane.token, plane.ca_pem)
        _wait(plane, "kube-apiserver", lambda: client.get_text("/readyz") == "ok")
        plane.version = str(client.get("/version")["gitVersion"])
        kubeconfig = folder / "kubeconfig"
        write_kubeconfig(kubeconfig, name="controlplane", server=plane.server, token=plane.token, ca_pem=plane.ca_pem)
        _start_controllers(plane, binaries, kubeconfig)
        for node in nodes_of([Pool(count=nodes)]):
            client.post("/api/v1/nodes", node)
        _wait(plane, "kube-controller-manager", lambda: client.exists("/api/v1/namespaces/default/serviceaccounts/default"))
    except BaseException:
        plane.close()
        raise
    return plane


def _start_etcd_and_api(plane: ControlPlane, binaries: Binaries, port: int) -> None:
    folder = plane.folder
    client_port, peer_port, free_port = _free_ports(3)
    port = port or free_port
    client, peer = f"http://127.0.0.1:{client_port}", f"http://127.0.0.1:{peer_port}"
    _spawn(plane, binaries, "etcd", [
        f"--data-dir={folder / 'etcd'}", f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync", "--log-level=warn",
    ])  # fmt: skip
    _write_service_account_keys(folder)
    _spawn(plane, binaries, "kube-apiserver", [
        f"--etcd-servers={client}", f"--secure-port={port}", "--bind-address=127.0.0.1",
        f"--cert-dir={folder / 'certs'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'sa.pub'}",
        f"--service-account-signing-key-file={folder / 'sa.key'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/16",
        "--disable-admission-plugins=ServiceAccount", "--allow-privileged=true",
    ])  # fmt: skip
    plane.server = f"https://127.0.0.1:{port}"
    certificate = folder / "certs" / "apiserver.crt"
    _wait(plane, "kube-apiserver", lambda: certificate.exists() and certificate.read_text().rstrip().endswith("-----END CERTIFICATE-----"))
    plane.ca_pem = certificate.read_text()


def _start_controllers(plane: ControlPlane, binaries: Binaries, kubeconfig: Path) -> None:
    """Start what works on the cluster; as busy as thousands of objects need it, where the environment asks for that."""
    _spawn(plane, binaries, "kube-controller-manager", [
        f"--kubeconfig={kubeconfig}", f"--service-account-private-key-file={plane.folder / 'sa.key'}",
        f"--root-ca-file={plane.folder / 'certs' / 'apiserver.crt'}",
        "--use-service-account-credentials=false",
        "--leader-elect=false", "--secure-port=0",
        *(["--kube-api-qps=500", "--kube-api-burst=1000"] if os.environ.get("GITOPSKIT_BUSY_CONTROLLERS") else []),
    ])  # fmt: skip
    _spawn(plane, binaries, "kube-scheduler", [f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0"])
    stages = plane.folder / "stages.yaml"
    stages.write_text(STAGES)
    _spawn(plane, binaries, "kwok", [
        f"--kubeconfig={kubeconfig}", f"--manage-nodes-with-label-selector={KUBELET}!=stopped", f"--config={stages}",
        "--cidr=10.244.0.1/16", "--node-lease-duration-seconds=40",
    ])  # fmt: skip


def _spawn(plane: ControlPlane, binaries: Binaries, program: str, arguments: list[str]) -> None:
    with (plane.folder / f"{program}.log").open("wb") as log:
        plane.processes[program] = subprocess.Popen(
            [binaries[program], *arguments],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=plane.folder, preexec_fn=_die_with_parent,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(plane.folder)},
        )  # fmt: skip


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait(plane: ControlPlane, program: str, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while True:
        with contextlib.suppress(OSError):
            if is_ready():
                return
        for name, process in plane.processes.items():
            if process.poll() is not None:
                raise _failed(plane, name, f"{name} ended with exit code {process.returncode}")
        if time.monotonic() > deadline:
            raise _failed(plane, program, f"{program} was not ready after {READY_TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)


def _failed(plane: ControlPlane, program: str, what: str) -> SandboxError:
    lines = (plane.folder / f"{program}.log").read_text(errors="replace").splitlines()[-5:]
    last = "\n".join(f"    {plain(line.replace(plane.token, '…'))}" for line in lines)
    return SandboxError(f"{what}; its last lines:\n{last}", where=plane.server, next_step="try again, or use engine='simulator'")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [int(item.getsockname()[1]) for item in sockets]
    finally:
        for item in sockets:
            item.close()


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            address = f"https://127.0.0.1:{port}"
            raise SandboxError(
                f"port {port} cannot be used: {error}", where=address, next_step="name another port, or 0 for a free one"
            ) from error


def _write_tokens(plane: ControlPlane, bearers: Bearers) -> None:
    everybody = {plane.token: ("admin", ["system:masters"]), **bearers}
    rows = [f"{token},{name},{name}" + (f',"{",".join(groups)}"\n' if groups else "\n") for token, (name, groups) in everybody.items()]
    _write_private(plane.folder / "tokens.csv", "".join(rows))


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _write_service_account_keys(folder: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, plain_format = serialization.Encoding.PEM, serialization.NoEncryption()
    _write_private(folder / "sa.key", key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain_format).decode())
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "sa.pub").write_bytes(public)
