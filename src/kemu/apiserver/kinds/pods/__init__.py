"""Pods and pod templates: what the server knows of them. `policies.py` has the rows."""
