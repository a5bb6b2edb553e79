"""A GitHub to test against, in this process: its rules enforced, its bad days on demand.

How a request travels: `server` (HTTP) → `faults` (logs it, may spoil it) → `rules` (who asks, `limits`) →
`routes` and `…_routes` (REST paths) → `state` and `gitdata` (what may be, and is) → `render` (JSON) →
`description` (is it as GitHub says?). Below `server` all is plain Python that a test can also use directly:
`tests.persons` has its users' acts by hand, `client_side` is what only the client can feel.

    github.fail(Kind.DROP_AFTER, at=3)                  # the third request from now
    github.person("alice").close(github.shop.issue(7), "not_planned")
    assert [r.status for r in github.writes] == [201, 200]

README.md tells what it is faithful to, how that is checked, and how to add to it. `emulator` starts
somebody else's GitHub server (npm's `emulate`), with the same faults in front of it.
"""
