"""Requests for certificates: who approves those of kubelets, and who signs what is approved."""

from __future__ import annotations

from . import approving, signing

__all__ = ["approving", "signing"]
