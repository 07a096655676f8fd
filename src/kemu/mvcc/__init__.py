"""The parts that `kemu.store` is made of, from the bottom up.

- `records`: a key-value pair at one revision, events and the answers to requests
- `key_index`: an ordered, hashed, copy-on-write map of keys
- `revision_log`: what every revision changed
- `history`: keys over time: the current state, the past, compaction, forks
- `intervals`: who is concerned by a key
- `leases`, `watching`, `txn`, `ranges`, `maintenance`, `snapshot`: the activities of a store
- `member`: what a store is beside the keys that it serves
"""
