"""Documents reach the branch in one commit, or else in one pull request; nothing else is touched."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from pmsync.errors import DocumentError, PmsyncError, TrackerError
from pmsync.repository import Mode, Written, write_back
from pmsync.repository.write_back import BRANCH
from pmsync.trackers.connection import Connection
from tests.github.faults import Kind, Request
from tests.github.gitdata import Entry
from tests.github.state import GitHub, Protection

LINK = " ([#1](https://github.com/acme/shop/issues/1): open)"


def link_items(document: str, text: str) -> str | None:
    """Stands in for a sync: every line that begins with a dash and bears no link yet gets one."""
    lines = text.split("\n")
    linked = [
        line[: len(line.rstrip("\r"))] + LINK + line[len(line.rstrip("\r")) :]
        if line.startswith("- ") and LINK not in line
        else line
        for line in lines
    ]
    return "\n".join(linked) if linked != lines else None


def after_another(
    desk: "Desk", results: list[Written], mode: Mode = Mode.PUSH
) -> Callable[[str, str], str | None]:
    """Does as `link_items`, once another run has read, rewritten and written meanwhile."""

    def rewrite(document: str, text: str) -> str | None:
        if not results:
            results.append(desk.write(mode=mode))
        return link_items(document, text)

    return rewrite


@dataclass
class Desk:
    """Writes back to `acme/shop` as a workflow would."""

    github: GitHub
    token: str = ""
    pauses: list[float] = field(default_factory=list)

    def write(
        self,
        *documents: str,
        mode: Mode = Mode.PUSH,
        rewrite: Callable[[str, str], str | None] = link_items,
        at_hand: Mapping[str, bytes] | None = None,
        done_at: str | None = None,
        is_whole: bool = True,
    ) -> Written:
        clock = self.github.clock
        with Connection(self.token or self.github.token, base_url=self.github.url, clock=clock) as api:
            return write_back(
                api,
                "acme/shop",
                documents or ("postmortems/a.md",),
                rewrite,
                mode=mode,
                at_hand=at_hand,
                done_at=done_at,
                is_whole=is_whole,
                pause=self.pauses.append,
            )

    def text(self, document: str = "postmortems/a.md", branch: str = "main") -> str:
        return self.github.shop.git.file(branch, document).decode("utf-8", "surrogateescape")

    def log(self, branch: str = "main") -> list[str]:
        return self.github.shop.git.log(f"refs/heads/{branch}")


@pytest.fixture
def desk(github: GitHub) -> Desk:
    github.person("alice").push({"postmortems/a.md": "# A\n\n- one\n", "postmortems/b.md": "# B\n\n- two\n"})
    return Desk(github)


def ref_updates(request: Request) -> bool:
    return request.method == "PATCH" and "/git/refs/" in request.path


# ------------------------------------------------------------------------- to the branch


def test_one_commit_holds_every_document(desk: Desk) -> None:
    before = desk.log()
    written = desk.write("postmortems/a.md", "postmortems/b.md")
    after = desk.log()
    assert after[1:] == before
    assert written.commit == after[0]
    assert written.documents == ("postmortems/a.md", "postmortems/b.md")
    assert desk.text("postmortems/a.md") == f"# A\n\n- one{LINK}\n"
    assert desk.text("postmortems/b.md") == f"# B\n\n- two{LINK}\n"
    assert not written.warnings + written.errors


def test_a_second_run_writes_nothing(desk: Desk) -> None:
    desk.write()
    with desk.github.watch() as seen:
        assert desk.write() == Written()
    assert not [request for request in seen if request.is_write]


def test_many_documents_are_written_in_a_dozen_requests(desk: Desk) -> None:
    texts = {f"postmortems/{number:03}.md": f"# {number}\n\n- one\n" for number in range(150)}
    desk.github.person("alice").push(dict(texts))
    at_hand = {document: text.encode() for document, text in texts.items()}
    with desk.github.watch() as seen:
        written = desk.write(*texts, at_hand=at_hand)
    assert len(written.documents) == 150
    assert len(seen) <= 12
    assert desk.text("postmortems/149.md") == f"# 149\n\n- one{LINK}\n"


def test_more_than_a_request_carries_goes_in_several(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmsync.repository.api.MAX_REQUEST", 60)
    with desk.github.watch() as seen:
        desk.write("postmortems/a.md", "postmortems/b.md")
    assert sum(request.method == "POST" and request.path.endswith("/git/trees") for request in seen) == 2
    assert LINK in desk.text("postmortems/a.md")
    assert LINK in desk.text("postmortems/b.md")


@pytest.mark.parametrize("content", [b"# A\n\n- caf\xe9\n", b"# A\n\n- a\0b\n"])
def test_bytes_that_are_no_plain_text_go_as_a_blob(desk: Desk, content: bytes) -> None:
    desk.github.person("alice").push({"postmortems/a.md": content})
    with desk.github.watch() as seen:
        desk.write()
    assert sum(request.is_write and request.path.endswith("/git/blobs") for request in seen) == 1
    assert desk.github.shop.git.file("main", "postmortems/a.md").replace(LINK.encode(), b"") == content


def test_what_github_stored_otherwise_than_sent_is_not_committed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = desk.log()
    git = desk.github.shop.git
    make_blob = git.make_blob
    monkeypatch.setattr(git, "make_blob", lambda data: make_blob(data.replace(b"#", b"=")))
    with pytest.raises(TrackerError, match="other bytes than were sent"):
        desk.write()
    assert desk.log() == before


def test_nothing_to_write_back_costs_three_requests(desk: Desk) -> None:
    with Connection(desk.github.token, base_url=desk.github.url) as api, desk.github.watch() as seen:
        write_back(api, "acme/shop", (), link_items)
    assert len(seen) == 3


def test_a_head_where_all_is_done_costs_three_requests(desk: Desk) -> None:
    with desk.github.watch() as seen:
        assert desk.write(done_at=desk.log()[0]) == Written()
    assert len(seen) == 3


def test_a_document_at_hand_is_not_fetched_and_another_is(desk: Desk) -> None:
    at_hand = {"postmortems/a.md": desk.text().encode(), "postmortems/b.md": b"older"}
    with desk.github.watch() as seen:
        written = desk.write("postmortems/a.md", "postmortems/b.md", at_hand=at_hand)
    assert written.documents == ("postmortems/a.md", "postmortems/b.md")
    assert sum(request.method == "GET" and "/git/blobs/" in request.path for request in seen) == 1


def test_a_renamed_repository_is_written_to_by_its_present_name(desk: Desk) -> None:
    repository = desk.github.shop
    desk.github.person("alice").rename(repository, "store")
    written = desk.write()
    assert written.commit == repository.git.head("main")
    assert not written.errors
    assert {request.path.split("/")[3] for request in desk.github.writes} == {"store"}


def test_what_is_written_to_is_the_branch_that_github_calls_the_default(desk: Desk) -> None:
    desk.github.shop.default_branch = "trunk"
    desk.github.person("alice").push({"postmortems/a.md": "- on trunk\n"}, branch="trunk")
    before = desk.log()
    written = desk.write()
    assert desk.text(branch="trunk") == f"- on trunk{LINK}\n"
    assert written.commit == desk.log("trunk")[0]
    assert desk.log() == before


def test_the_commit_names_no_author_so_that_github_signs_it(desk: Desk) -> None:
    written = desk.write()
    assert written.commit in desk.github.shop.verified


@pytest.mark.parametrize(
    "content",
    [
        b"# A\r\n\r\n- one\r\n- two\r\n",
        b"\xef\xbb\xbf# A\n\n- one",
        b"# A\n\n- caf\xe9\xff \x80\n- two\n",
        "# Ä\n\n- überwachen 🔥\n".encode(),
        b"# A\n- a\r- b\n\n- c\r\n\n",
    ],
)
def test_every_other_byte_stays(desk: Desk, content: bytes) -> None:
    desk.github.person("alice").push({"postmortems/a.md": content})
    desk.write()
    stored = desk.github.shop.git.file("main", "postmortems/a.md")
    assert LINK.encode() in stored
    assert stored.replace(LINK.encode(), b"") == content


def test_modes_links_and_submodules_of_the_tree_survive(desk: Desk) -> None:
    git = desk.github.shop.git
    head = git.head("main")
    assert head
    blob = git.make_blob(b"- run me\n")
    entries = [
        Entry("postmortems/tool.md", "100755", "blob", blob),
        Entry("latest.md", "120000", "blob", git.make_blob(b"postmortems/a.md")),
        Entry("vendor", "160000", "commit", "1" * 40),
    ]
    git.set_ref(
        "refs/heads/main",
        git.make_commit("More", git.make_tree(head, entries), [head], *[git.commit(head).author] * 2),
    )
    before = {it.path: it for it in git.tree("main", recursive=True)}
    written = desk.write("postmortems/tool.md")
    after = {it.path: it for it in git.tree("main", recursive=True)}
    assert written.documents == ("postmortems/tool.md",)
    assert after["postmortems/tool.md"].mode == "100755"
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {"postmortems", "postmortems/tool.md"}


@pytest.mark.parametrize(
    ("path", "words"),
    [("latest.md", "symbolic link"), ("folder/a.md", "symbolic link"), ("vendor/a.md", "submodule")],
)
def test_nothing_is_written_through_a_link_or_into_a_submodule(desk: Desk, path: str, words: str) -> None:
    git = desk.github.shop.git
    head = git.head("main")
    assert head
    entries = [
        Entry("latest.md", "120000", "blob", git.make_blob(b"postmortems/a.md")),
        Entry("folder", "120000", "blob", git.make_blob(b"postmortems")),
        Entry("vendor", "160000", "commit", "1" * 40),
    ]
    git.set_ref(
        "refs/heads/main",
        git.make_commit("More", git.make_tree(head, entries), [head], *[git.commit(head).author] * 2),
    )
    before = desk.log()
    written = desk.write(path)
    assert words in written.errors[0].text
    assert desk.log() == before


def test_an_lfs_pointer_is_refused_and_the_rest_is_written(desk: Desk) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12\n"
    desk.github.person("alice").push({"postmortems/a.md": pointer})
    written = desk.write("postmortems/a.md", "postmortems/b.md")
    assert [(it.document, "Git LFS" in it.text) for it in written.errors] == [("postmortems/a.md", True)]
    assert desk.text("postmortems/a.md") == pointer
    assert LINK in desk.text("postmortems/b.md")


@pytest.mark.parametrize(
    "error",
    [DocumentError("postmortems/a.md", "its front matter is broken"), TrackerError("its link is not")],
)
def test_a_document_that_cannot_be_read_stops_no_other(desk: Desk, error: PmsyncError) -> None:
    def rewrite(document: str, text: str) -> str | None:
        if document.endswith("a.md"):
            raise error
        return link_items(document, text)

    written = desk.write("postmortems/a.md", "postmortems/b.md", rewrite=rewrite)
    assert [str(it) for it in written.errors] == [f"postmortems/a.md: {error}"]
    assert written.documents == ("postmortems/b.md",)


def test_a_document_that_is_not_on_the_branch_is_told(desk: Desk) -> None:
    written = desk.write("postmortems/new.md", "postmortems/b.md")
    assert [it.document for it in written.warnings] == ["postmortems/new.md"]
    assert written.documents == ("postmortems/b.md",)


# -------------------------------------------------------------------- the branch moves


def test_a_push_between_reading_and_writing_keeps_both_changes(desk: Desk) -> None:
    alice = desk.github.person("alice")
    desk.github.meanwhile(
        lambda: alice.push({"postmortems/a.md": "# A\n\nMore.\n\n- one\n- new\n", "other.md": "x"}),
        of=ref_updates,
    )
    written = desk.write()
    assert written.commit == desk.log()[0]
    assert desk.text() == f"# A\n\nMore.\n\n- one{LINK}\n- new{LINK}\n"
    assert desk.text("other.md") == "x"


def test_two_equal_write_backs_at_once_make_one_commit(desk: Desk) -> None:
    before = desk.log()
    desk.write(rewrite=after_another(desk, []))
    assert desk.log()[1:] == before
    assert desk.text() == f"# A\n\n- one{LINK}\n"


def test_two_different_write_backs_at_once_are_both_kept(desk: Desk) -> None:
    others: list[Written] = []

    def rewrite(document: str, text: str) -> str | None:
        if not others:
            others.append(desk.write("postmortems/b.md"))
        return link_items(document, text)

    mine = desk.write("postmortems/a.md", rewrite=rewrite)
    assert desk.log()[:2] == [mine.commit, others[0].commit]
    assert desk.text("postmortems/a.md") == f"# A\n\n- one{LINK}\n"
    assert desk.text("postmortems/b.md") == f"# B\n\n- two{LINK}\n"


def test_a_branch_that_never_rests_is_given_up_and_told(desk: Desk) -> None:
    alice = desk.github.person("alice")
    pushes = iter(range(100))
    for at in range(1, 20):
        desk.github.meanwhile(lambda: alice.push({"log.md": str(next(pushes))}), at=at, of=ref_updates)
    written = desk.write()
    assert written.commit is None
    assert "the next run" in written.errors[0].text
    assert len(desk.pauses) == 4
    assert LINK not in desk.text()


def test_history_is_never_rewritten(desk: Desk) -> None:
    desk.github.meanwhile(lambda: desk.github.person("alice").push({"x.md": "x"}), of=ref_updates)
    desk.write()
    updates = [it.body for it in desk.github.writes if ref_updates(it)]
    assert len(updates) == 2
    assert not any(isinstance(it, dict) and it["force"] for it in updates)


AFTER = [Kind.DROP_AFTER, Kind.ERROR_AFTER, Kind.TRUNCATED, Kind.CUT_JSON]
BEFORE = [Kind.DROP_BEFORE, Kind.ERROR_BEFORE, Kind.HTML_502_BEFORE, Kind.SLOW_BEFORE]


@pytest.mark.parametrize("kind", AFTER + BEFORE)
@pytest.mark.parametrize("at", range(1, 5))
def test_a_lost_answer_never_makes_a_second_commit(desk: Desk, kind: Kind, at: int) -> None:
    before = desk.log()
    desk.github.fail(kind, at=at, of=lambda request: request.is_write)
    written = desk.write()
    assert desk.log()[1:] == before
    assert written.commit == desk.log()[0]
    assert desk.text() == f"# A\n\n- one{LINK}\n"


# --------------------------------------------------------------------- by pull request


@pytest.fixture(params=["classic", "ruleset", "restricted"])
def protected(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    desk.github.shop.protections["main"] = Protection(kind=request.param)
    return desk


def pulls(github: GitHub) -> list[int]:
    return [number for number, issue in github.shop.issues.items() if issue.pull]


def test_a_protected_branch_gets_one_pull_request(protected: Desk) -> None:
    before = protected.log()
    written = protected.write()
    assert protected.log() == before
    assert written.pull_request == pulls(protected.github)[0]
    assert written.url.endswith(f"/pull/{written.pull_request}")
    assert protected.text(branch=BRANCH) == f"# A\n\n- one{LINK}\n"
    assert protected.log(BRANCH)[1:] == before
    assert not written.errors


def test_an_unmerged_pull_request_is_not_touched_while_nothing_changes(protected: Desk) -> None:
    first = protected.write()
    protected.github.person("alice").push({"unrelated.md": "x"})
    head, requests = protected.log(BRANCH), len(protected.github.writes)
    second = protected.write()
    assert second.pull_request == first.pull_request
    assert second.commit is None
    assert protected.log(BRANCH) == head
    assert len(protected.github.writes) == requests


@pytest.mark.parametrize("mode", Mode)
def test_a_pull_request_is_updated_in_place(desk: Desk, mode: Mode) -> None:
    desk.github.shop.protections["main"] = Protection()
    first = desk.write(mode=mode)
    desk.github.person("alice").push({"postmortems/a.md": "# A\n\n- one\n- more\n"})
    second = desk.write("postmortems/a.md", "postmortems/b.md", mode=mode)
    assert second.pull_request == first.pull_request
    assert pulls(desk.github) == [first.pull_request]
    assert desk.text(branch=BRANCH) == f"# A\n\n- one{LINK}\n- more{LINK}\n"
    assert len(desk.log(BRANCH)) == len(desk.log()) + 1
    assert first.pull_request
    assert "2 postmortems" in str(desk.github.shop.issue(first.pull_request).body)


def test_a_merged_pull_request_leaves_nothing_to_do(protected: Desk) -> None:
    written = protected.write()
    assert written.pull_request
    protected.github.person("alice").merge(protected.github.shop.issue(written.pull_request))
    writes = len(protected.github.writes)
    assert protected.write() == Written()
    assert len(protected.github.writes) == writes


def test_after_a_merge_the_next_change_opens_the_next_pull_request(protected: Desk) -> None:
    alice = protected.github.person("alice")
    first = protected.write()
    assert first.pull_request
    alice.merge(protected.github.shop.issue(first.pull_request))
    alice.push({"postmortems/b.md": "# B\n\n- two\n- three\n"})
    second = protected.write("postmortems/a.md", "postmortems/b.md")
    assert pulls(protected.github) == [first.pull_request, second.pull_request]
    assert protected.log(BRANCH)[1:] == protected.log()


def test_a_pull_request_closed_by_a_person_stays_closed_until_its_content_differs(protected: Desk) -> None:
    alice = protected.github.person("alice")
    first = protected.write()
    assert first.pull_request
    alice.close(protected.github.shop.issue(first.pull_request))
    again = protected.write()
    assert again.pull_request is None
    assert f"#{first.pull_request} was closed unmerged" in again.warnings[0].text
    assert pulls(protected.github) == [first.pull_request]
    alice.delete_branch(BRANCH)
    assert protected.write().pull_request is None
    alice.push({"postmortems/a.md": "# A\n\n- one\n- new\n"})
    third = protected.write()
    assert third.pull_request not in {None, first.pull_request}


def test_one_opened_by_a_person_from_our_branch_is_taken_on_and_left_closed(desk: Desk) -> None:
    desk.github.shop.protections["main"] = Protection()
    desk.github.shop.actions_may_open_pulls = False
    desk.write()
    alice = desk.github.person("alice")
    theirs = alice.open_pull("Links", head=BRANCH, body="By hand.")
    assert desk.write().pull_request == theirs.number
    alice.close(theirs)
    desk.github.shop.actions_may_open_pulls = True
    assert desk.write().pull_request is None
    assert pulls(desk.github) == [theirs.number]
    assert theirs.body == "By hand."


def test_a_persons_commit_on_our_branch_is_left_alone_and_told(protected: Desk) -> None:
    alice = protected.github.person("alice")
    first = protected.write()
    theirs = alice.push({"postmortems/a.md": "# A, reworded\n\n- one\n"}, branch=BRANCH)
    alice.push({"postmortems/a.md": "# A\n\n- one\n- new\n"})
    second = protected.write()
    assert protected.log(BRANCH)[0] == theirs
    assert "not pmsync's" in second.warnings[0].text
    assert second.pull_request == first.pull_request
    assert not second.errors


def test_a_persons_commit_that_was_merged_holds_our_branch_no_longer(protected: Desk) -> None:
    alice = protected.github.person("alice")
    first = protected.write()
    assert first.pull_request
    alice.push({"notes.md": "x"}, branch=BRANCH)
    alice.merge(protected.github.shop.issue(first.pull_request))
    alice.push({"postmortems/b.md": "# B\n\n- two\n- three\n"})
    second = protected.write("postmortems/b.md")
    assert second.pull_request not in {None, first.pull_request}
    assert not second.warnings


def test_what_a_person_pushes_in_the_last_moment_is_not_overwritten(desk: Desk) -> None:
    alice = desk.github.person("alice")
    desk.write(mode=Mode.PULL_REQUEST)
    alice.push({"postmortems/a.md": "# A\n\n- one\n- new\n"})
    theirs: list[str] = []
    desk.github.meanwhile(
        lambda: theirs.append(alice.push({"x.md": "x"}, branch=BRANCH)),
        of=lambda request: request.method == "POST" and request.path.endswith("/git/commits"),
    )
    written = desk.write(mode=Mode.PULL_REQUEST)
    assert desk.log(BRANCH)[0] == theirs[0]
    assert "not pmsync's" in written.warnings[0].text


def test_a_pull_request_of_which_nothing_is_left_is_closed_and_may_come_again(desk: Desk) -> None:
    alice = desk.github.person("alice")
    first = desk.write(mode=Mode.PULL_REQUEST)
    assert first.pull_request
    linked = f"# A\n\n- one{LINK}\n"
    alice.push({"postmortems/a.md": linked})
    assert desk.write(mode=Mode.PULL_REQUEST).pull_request is None
    assert not desk.github.shop.issue(first.pull_request).is_open
    writes = len(desk.github.writes)
    desk.write(mode=Mode.PULL_REQUEST)
    assert len(desk.github.writes) == writes
    alice.push({"postmortems/a.md": "# A\n\n- one\n"})
    assert desk.write(mode=Mode.PULL_REQUEST).pull_request not in {None, first.pull_request}


def test_a_look_at_some_documents_closes_no_pull_request(desk: Desk) -> None:
    first = desk.write(mode=Mode.PULL_REQUEST)
    assert first.pull_request
    desk.write("postmortems/none.md", mode=Mode.PULL_REQUEST, is_whole=False)
    assert desk.github.shop.issue(first.pull_request).is_open


def test_a_pull_request_stays_while_a_document_that_only_the_branch_has_needs_it(desk: Desk) -> None:
    first = desk.write(mode=Mode.PULL_REQUEST)
    assert first.pull_request
    head = desk.log(BRANCH)
    second = desk.write("postmortems/none.md", mode=Mode.PULL_REQUEST)
    assert second.pull_request == first.pull_request
    assert desk.github.shop.issue(first.pull_request).is_open
    assert desk.log(BRANCH) == head


def test_a_pull_request_of_documents_that_were_deleted_is_closed(desk: Desk) -> None:
    first = desk.write(mode=Mode.PULL_REQUEST)
    assert first.pull_request
    desk.github.person("alice").push({"postmortems/a.md": None})
    assert desk.write("postmortems/none.md", mode=Mode.PULL_REQUEST).documents == ()
    assert not desk.github.shop.issue(first.pull_request).is_open


def test_a_push_that_passes_again_makes_the_pull_request_unneeded(desk: Desk) -> None:
    desk.github.shop.protections["main"] = Protection()
    first = desk.write()
    assert first.pull_request
    desk.github.shop.protections.clear()
    desk.github.person("alice").push({"postmortems/a.md": "# A\n\n- one\n- new\n"})
    second = desk.write()
    assert second.commit == desk.log()[0]
    assert not desk.github.shop.issue(first.pull_request).is_open


def test_two_proposals_at_once_make_one_pull_request(desk: Desk) -> None:
    written = desk.write(mode=Mode.PULL_REQUEST, rewrite=after_another(desk, [], mode=Mode.PULL_REQUEST))
    assert pulls(desk.github) == [written.pull_request]


@pytest.mark.parametrize("kind", AFTER + BEFORE)
@pytest.mark.parametrize("at", range(1, 6))
def test_a_lost_answer_never_makes_a_second_pull_request(desk: Desk, kind: Kind, at: int) -> None:
    desk.github.fail(kind, at=at, of=lambda request: request.is_write)
    written = desk.write(mode=Mode.PULL_REQUEST)
    assert pulls(desk.github) == [written.pull_request]
    assert desk.text(branch=BRANCH) == f"# A\n\n- one{LINK}\n"
    assert len(desk.log(BRANCH)) == 2


# ---------------------------------------------------------------------- what is refused


def test_where_actions_may_not_open_pull_requests_the_branch_and_a_patch_remain(desk: Desk) -> None:
    desk.github.shop.protections["main"] = Protection()
    desk.github.shop.actions_may_open_pulls = False
    written = desk.write()
    assert desk.text(branch=BRANCH) == f"# A\n\n- one{LINK}\n"
    assert "Allow GitHub Actions to create and approve pull requests" in written.errors[0].text
    assert f"+- one{LINK}\n" in written.patch
    desk.github.shop.actions_may_open_pulls = True
    assert desk.write().pull_request is not None


@pytest.mark.parametrize("mode", Mode)
def test_a_token_that_may_not_write_gives_one_sentence_and_a_patch(desk: Desk, mode: Mode) -> None:
    desk.token = desk.github.actions_token(contents="read", issues="write")
    before = desk.log()
    written = desk.write(mode=mode)
    assert desk.log() == before
    (error,) = written.errors
    assert "contents: write" in error.text
    assert "diff --git" in written.patch


def test_a_refusal_for_another_reason_than_rights_is_told_in_githubs_own_words(desk: Desk) -> None:
    desk.github.fail(
        Kind.NOT_FOUND,
        of=lambda request: request.is_write and request.path.endswith("/git/trees"),
    )
    (error,) = desk.write().errors
    assert "GitHub refused to write to acme/shop" in error.text
    assert "permissions:" not in error.text


def test_a_repository_without_that_branch_is_told(github: GitHub) -> None:
    _ = github.shop.git
    written = Desk(github).write()
    assert "there is no branch `main`" in written.errors[0].text


# -------------------------------------------------------------------------- what is said


def said(github: GitHub) -> Iterable[str]:
    """All that our requests say to people."""
    for request in github.writes:
        if isinstance(request.body, dict):
            yield from (str(request.body[key]) for key in ("message", "title", "body") if key in request.body)


@pytest.mark.parametrize("mode", Mode)
def test_a_documents_name_and_text_stay_inert_in_what_is_said(desk: Desk, mode: Mode) -> None:
    nasty = "postmortems/`$(touch x)` @team fixes #1\n::set-output name=a::b <!-- pmsync:write-back.md"
    desk.github.person("alice").push({nasty: "# @everyone closes #2\n\n- ask @ada, fixes #3\n"})
    written = desk.write(nasty, mode=mode)
    assert written.documents == (nasty,)
    for text in said(desk.github):
        visible = text.replace("<!-- pmsync:write-back ", "")
        for probe in ("@team", "@ada", "@everyone", "#1", "#2", "#3", "\n::set-output", "<!-- pmsync"):
            assert probe not in visible
