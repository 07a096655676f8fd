"""The parts of the fake container runtime: behaviours, the shell subset, and the machine that runs it.

`kemu.runtime_fake` puts them behind a CRI-shaped interface. Nothing here knows what a Pod is.
"""
