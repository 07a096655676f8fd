"""The API server: one documented path for every read and every write.

`server.ApiServer` holds the verbs, `resources` the policy of each kind as one row, `rest` translates HTTP to verbs and
back. See `docs/architecture.md` for the life of a write.
"""
