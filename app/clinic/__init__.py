"""The clinic's pages: `innervate clinic serve`, a process of its own on the clinic's store.

From request to glass: `page.security.Gate` (host, origin, headers) -> `doorkeeper` (session, CSRF) ->
`routes` (NiceGUI pages) -> `*_page` (rows in, markup out) -> `static/`. What a page asks to be written goes
through `api`, which scripts may use as well.
"""
