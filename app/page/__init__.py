"""The live web page of a running limb, in a process of its own: `python -m innervate.app.page SETTINGS.json`.

It reads the two telemetry rings and sends requests; it can slow neither the loop nor the guard. Files, from
data to glass: `tail` and `envelope` and `latency` (pure) -> `reader` -> `state` -> `frame` -> `feed` (one
stream for all browsers) -> `static/` (draws). `security` stands in front of it all, `api` answers requests.
"""
