"""The real thing on a laptop: etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok, without containers."""

from gitopskit.sandbox.controlplane.binaries import Binaries, find

__all__ = ["Binaries", "find"]
