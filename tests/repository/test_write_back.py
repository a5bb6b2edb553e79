"""Documents reach the branch in one commit, or else in one pull request; nothing else is touched."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest

from pmsync.errors import DocumentError, PmsyncError, TrackerError
from pmsync.github.connection import Connection
from pmsync.repository.write_back import BRANCH, Mode, Wanted, Written, write_back
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
    writer: "Writer", results: list[Written], mode: Mode = Mode.PUSH
) -> Callable[[str, str], str | None]:
    """Does as `link_items`, once another run has read, rewritten and written meanwhile."""

    def rewrite(document: str, text: str) -> str | None:
        if not results:
            results.append(writer.write(mode=mode))
        return link_items(document, text)

    return rewrite


@dataclass
class Writer:
    """Writes back to `acme/shop` as a workflow would."""

    github: GitHub
    token: str = ""
    pauses: list[float] = field(default_factory=list)

    def write(
        self,
        *documents: str,
        mode: Mode = Mode.PUSH,
        branch: str = BRANCH,
        rewrite: Callable[[str, str], str | None] = link_items,
        at_hand: Mapping[str, bytes] | None = None,
        done_at: str | None = None,
        is_whole: bool = True,
    ) -> Written:
        clock = self.github.clock
        with Connection(self.token or self.github.token, base_url=self.github.url, clock=clock) as api:
            wanted = Wanted(
                documents=documents or ("postmortems/a.md",),
                rewrite=rewrite,
                mode=mode,
                branch=branch,
                at_hand=at_hand or {},
                done_at=done_at,
                is_whole=is_whole,
            )
            return write_back(api, "acme/shop", wanted, pause=self.pauses.append)

    def text(self, document: str = "postmortems/a.md", branch: str = "main") -> str:
        return self.github.shop.git.file(branch, document).decode("utf-8", "surrogateescape")

    def log(self, branch: str = "main") -> list[str]:
        return self.github.shop.git.log(f"refs/heads/{branch}")


@pytest.fixture
def writer(github: GitHub) -> Writer:
    github.person("alice").push({"postmortems/a.md": "# A\n\n- one\n", "postmortems/b.md": "# B\n\n- two\n"})
    return Writer(github)


def ref_updates(request: Request) -> bool:
    return request.method == "PATCH" and "/git/refs/" in request.path


# ------------------------------------------------------------------------- to the branch


def test_one_commit_holds_every_document(writer: Writer) -> None:
    before = writer.log()
    written = writer.write("postmortems/a.md", "postmortems/b.md")
    after = writer.log()
    assert after[1:] == before
    assert written.commit == after[0]
    assert written.documents == ("postmortems/a.md", "postmortems/b.md")
    assert writer.text("postmortems/a.md") == f"# A\n\n- one{LINK}\n"
    assert writer.text("postmortems/b.md") == f"# B\n\n- two{LINK}\n"
    assert not written.warnings + written.errors


def test_a_second_run_writes_nothing(writer: Writer) -> None:
    writer.write()
    with writer.github.watch() as seen:
        assert writer.write() == Written()
    assert not [request for request in seen if request.is_write]


def test_many_documents_are_written_in_a_dozen_requests(writer: Writer) -> None:
    texts = {f"postmortems/{number:03}.md": f"# {number}\n\n- one\n" for number in range(150)}
    writer.github.person("alice").push(dict(texts))
    at_hand = {document: text.encode() for document, text in texts.items()}
    with writer.github.watch() as seen:
        written = writer.write(*texts, at_hand=at_hand)
    assert len(written.documents) == 150
    assert len(seen) <= 12
    assert writer.text("postmortems/149.md") == f"# 149\n\n- one{LINK}\n"


def test_more_than_a_request_carries_goes_in_several(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmsync.repository.git_objects.MAX_REQUEST", 60)
    with writer.github.watch() as seen:
        writer.write("postmortems/a.md", "postmortems/b.md")
    assert sum(request.method == "POST" and request.path.endswith("/git/trees") for request in seen) == 2
    assert LINK in writer.text("postmortems/a.md")
    assert LINK in writer.text("postmortems/b.md")


@pytest.mark.parametrize("content", [b"# A\n\n- caf\xe9\n", b"# A\n\n- a\0b\n"])
def test_bytes_that_are_no_plain_text_go_as_a_blob(writer: Writer, content: bytes) -> None:
    writer.github.person("alice").push({"postmortems/a.md": content})
    with writer.github.watch() as seen:
        writer.write()
    assert sum(request.is_write and request.path.endswith("/git/blobs") for request in seen) == 1
    assert writer.github.shop.git.file("main", "postmortems/a.md").replace(LINK.encode(), b"") == content


def test_what_github_stored_otherwise_than_sent_is_not_committed(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = writer.log()
    git = writer.github.shop.git
    make_blob = git.make_blob
    monkeypatch.setattr(git, "make_blob", lambda data: make_blob(data.replace(b"#", b"=")))
    with pytest.raises(TrackerError, match="other bytes than were sent"):
        writer.write()
    assert writer.log() == before


def test_nothing_to_write_back_costs_three_requests(writer: Writer) -> None:
    with Connection(writer.github.token, base_url=writer.github.url) as api, writer.github.watch() as seen:
        write_back(api, "acme/shop", Wanted(documents=(), rewrite=link_items), pause=[].append)
    assert len(seen) == 3


def test_a_head_where_all_is_done_costs_three_requests(writer: Writer) -> None:
    with writer.github.watch() as seen:
        assert writer.write(done_at=writer.log()[0]) == Written()
    assert len(seen) == 3


def test_a_document_at_hand_is_not_fetched_and_another_is(writer: Writer) -> None:
    at_hand = {"postmortems/a.md": writer.text().encode(), "postmortems/b.md": b"older"}
    with writer.github.watch() as seen:
        written = writer.write("postmortems/a.md", "postmortems/b.md", at_hand=at_hand)
    assert written.documents == ("postmortems/a.md", "postmortems/b.md")
    assert sum(request.method == "GET" and "/git/blobs/" in request.path for request in seen) == 1


def test_a_renamed_repository_is_written_to_by_its_present_name(writer: Writer) -> None:
    repository = writer.github.shop
    writer.github.person("alice").rename(repository, "store")
    written = writer.write()
    assert written.commit == repository.git.head("main")
    assert not written.errors
    assert {request.path.split("/")[3] for request in writer.github.writes} == {"store"}


def test_what_is_written_to_is_the_branch_that_github_calls_the_default(writer: Writer) -> None:
    writer.github.shop.default_branch = "trunk"
    writer.github.person("alice").push({"postmortems/a.md": "- on trunk\n"}, branch="trunk")
    before = writer.log()
    written = writer.write()
    assert writer.text(branch="trunk") == f"- on trunk{LINK}\n"
    assert written.commit == writer.log("trunk")[0]
    assert writer.log() == before


def test_the_commit_names_no_author_so_that_github_signs_it(writer: Writer) -> None:
    written = writer.write()
    assert written.commit in writer.github.shop.verified


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
def test_every_other_byte_stays(writer: Writer, content: bytes) -> None:
    writer.github.person("alice").push({"postmortems/a.md": content})
    writer.write()
    stored = writer.github.shop.git.file("main", "postmortems/a.md")
    assert LINK.encode() in stored
    assert stored.replace(LINK.encode(), b"") == content


def test_modes_links_and_submodules_of_the_tree_survive(writer: Writer) -> None:
    git = writer.github.shop.git
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
    written = writer.write("postmortems/tool.md")
    after = {it.path: it for it in git.tree("main", recursive=True)}
    assert written.documents == ("postmortems/tool.md",)
    assert after["postmortems/tool.md"].mode == "100755"
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {"postmortems", "postmortems/tool.md"}


@pytest.mark.parametrize(
    ("path", "words"),
    [("latest.md", "symbolic link"), ("folder/a.md", "symbolic link"), ("vendor/a.md", "submodule")],
)
def test_nothing_is_written_through_a_link_or_into_a_submodule(writer: Writer, path: str, words: str) -> None:
    git = writer.github.shop.git
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
    before = writer.log()
    written = writer.write(path)
    assert words in written.errors[0].text
    assert writer.log() == before


def test_an_lfs_pointer_is_refused_and_the_rest_is_written(writer: Writer) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12\n"
    writer.github.person("alice").push({"postmortems/a.md": pointer})
    written = writer.write("postmortems/a.md", "postmortems/b.md")
    assert [(it.document, "Git LFS" in it.text) for it in written.errors] == [("postmortems/a.md", True)]
    assert writer.text("postmortems/a.md") == pointer
    assert LINK in writer.text("postmortems/b.md")


@pytest.mark.parametrize(
    "error",
    [DocumentError("postmortems/a.md", "its front matter is broken"), TrackerError("its link is not")],
)
def test_a_document_that_cannot_be_read_stops_no_other(writer: Writer, error: PmsyncError) -> None:
    def rewrite(document: str, text: str) -> str | None:
        if document.endswith("a.md"):
            raise error
        return link_items(document, text)

    written = writer.write("postmortems/a.md", "postmortems/b.md", rewrite=rewrite)
    assert [str(it) for it in written.errors] == [f"postmortems/a.md: {error}"]
    assert written.documents == ("postmortems/b.md",)


def test_a_document_that_is_not_on_the_branch_is_told(writer: Writer) -> None:
    written = writer.write("postmortems/new.md", "postmortems/b.md")
    assert [it.document for it in written.warnings] == ["postmortems/new.md"]
    assert written.documents == ("postmortems/b.md",)


# -------------------------------------------------------------------- the branch moves


def test_a_push_between_reading_and_writing_keeps_both_changes(writer: Writer) -> None:
    alice = writer.github.person("alice")
    writer.github.meanwhile(
        lambda: alice.push({"postmortems/a.md": "# A\n\nMore.\n\n- one\n- new\n", "other.md": "x"}),
        of=ref_updates,
    )
    written = writer.write()
    assert written.commit == writer.log()[0]
    assert writer.text() == f"# A\n\nMore.\n\n- one{LINK}\n- new{LINK}\n"
    assert writer.text("other.md") == "x"


def test_two_equal_write_backs_at_once_make_one_commit(writer: Writer) -> None:
    before = writer.log()
    writer.write(rewrite=after_another(writer, []))
    assert writer.log()[1:] == before
    assert writer.text() == f"# A\n\n- one{LINK}\n"


def test_two_different_write_backs_at_once_are_both_kept(writer: Writer) -> None:
    others: list[Written] = []

    def rewrite(document: str, text: str) -> str | None:
        if not others:
            others.append(writer.write("postmortems/b.md"))
        return link_items(document, text)

    mine = writer.write("postmortems/a.md", rewrite=rewrite)
    assert writer.log()[:2] == [mine.commit, others[0].commit]
    assert writer.text("postmortems/a.md") == f"# A\n\n- one{LINK}\n"
    assert writer.text("postmortems/b.md") == f"# B\n\n- two{LINK}\n"


def test_a_branch_that_never_rests_is_given_up_and_told(writer: Writer) -> None:
    alice = writer.github.person("alice")
    pushes = iter(range(100))
    for at in range(1, 20):
        writer.github.meanwhile(lambda: alice.push({"log.md": str(next(pushes))}), at=at, of=ref_updates)
    written = writer.write()
    assert written.commit is None
    assert "the next run" in written.errors[0].text
    assert len(writer.pauses) == 4
    assert LINK not in writer.text()


def test_history_is_never_rewritten(writer: Writer) -> None:
    writer.github.meanwhile(lambda: writer.github.person("alice").push({"x.md": "x"}), of=ref_updates)
    writer.write()
    updates = [it.body for it in writer.github.writes if ref_updates(it)]
    assert len(updates) == 2
    assert not any(isinstance(it, dict) and it["force"] for it in updates)


AFTER = [Kind.DROP_AFTER, Kind.ERROR_AFTER, Kind.TRUNCATED, Kind.CUT_JSON]
BEFORE = [Kind.DROP_BEFORE, Kind.ERROR_BEFORE, Kind.HTML_502_BEFORE, Kind.SLOW_BEFORE]


@pytest.mark.parametrize("kind", AFTER + BEFORE)
@pytest.mark.parametrize("at", range(1, 5))
def test_a_lost_answer_never_makes_a_second_commit(writer: Writer, kind: Kind, at: int) -> None:
    before = writer.log()
    writer.github.fail(kind, at=at, of=lambda request: request.is_write)
    written = writer.write()
    assert writer.log()[1:] == before
    assert written.commit == writer.log()[0]
    assert writer.text() == f"# A\n\n- one{LINK}\n"


# --------------------------------------------------------------------- by pull request


@pytest.fixture(params=["classic", "ruleset", "restricted"])
def protected(writer: Writer, request: pytest.FixtureRequest) -> Writer:
    writer.github.shop.protections["main"] = Protection(kind=request.param)
    return writer


def pulls(github: GitHub) -> list[int]:
    return [number for number, issue in github.shop.issues.items() if issue.pull]


def test_a_protected_branch_gets_one_pull_request(protected: Writer) -> None:
    before = protected.log()
    written = protected.write()
    assert protected.log() == before
    assert written.pull_request == pulls(protected.github)[0]
    assert written.url.endswith(f"/pull/{written.pull_request}")
    assert protected.text(branch=BRANCH) == f"# A\n\n- one{LINK}\n"
    assert protected.log(BRANCH)[1:] == before
    assert not written.errors


def test_an_unmerged_pull_request_is_not_touched_while_nothing_changes(protected: Writer) -> None:
    first = protected.write()
    protected.github.person("alice").push({"unrelated.md": "x"})
    head, requests = protected.log(BRANCH), len(protected.github.writes)
    second = protected.write()
    assert second.pull_request == first.pull_request
    assert second.commit is None
    assert protected.log(BRANCH) == head
    assert len(protected.github.writes) == requests


def test_a_pull_request_that_came_to_conflict_is_made_anew(protected: Writer) -> None:
    alice = protected.github.person("alice")

    def tick(document: str, text: str) -> str:
        return text.replace("- one\n", "- one: done\n").replace("- uno\n", "- one: done\n")

    first = protected.write(rewrite=tick)
    alice.push({"postmortems/a.md": "# A\n\n- uno\n"})
    second = protected.write(rewrite=tick)
    assert second.pull_request == first.pull_request
    assert protected.log(BRANCH)[1:] == protected.log()
    writes = len(protected.github.writes)
    protected.write(rewrite=tick)
    assert len(protected.github.writes) == writes
    assert first.pull_request
    alice.merge(protected.github.shop.issue(first.pull_request))
    assert protected.text() == "# A\n\n- one: done\n"


@pytest.mark.parametrize("mode", Mode)
def test_a_pull_request_is_updated_in_place(writer: Writer, mode: Mode) -> None:
    writer.github.shop.protections["main"] = Protection()
    first = writer.write(mode=mode)
    writer.github.person("alice").push({"postmortems/a.md": "# A\n\n- one\n- more\n"})
    second = writer.write("postmortems/a.md", "postmortems/b.md", mode=mode)
    assert second.pull_request == first.pull_request
    assert pulls(writer.github) == [first.pull_request]
    assert writer.text(branch=BRANCH) == f"# A\n\n- one{LINK}\n- more{LINK}\n"
    assert len(writer.log(BRANCH)) == len(writer.log()) + 1
    assert first.pull_request
    assert "2 documents" in str(writer.github.shop.issue(first.pull_request).body)


def test_a_merged_pull_request_leaves_nothing_to_do(protected: Writer) -> None:
    written = protected.write()
    assert written.pull_request
    protected.github.person("alice").merge(protected.github.shop.issue(written.pull_request))
    writes = len(protected.github.writes)
    assert protected.write() == Written()
    assert len(protected.github.writes) == writes


def test_after_a_merge_the_next_change_opens_the_next_pull_request(protected: Writer) -> None:
    alice = protected.github.person("alice")
    first = protected.write()
    assert first.pull_request
    alice.merge(protected.github.shop.issue(first.pull_request))
    alice.push({"postmortems/b.md": "# B\n\n- two\n- three\n"})
    second = protected.write("postmortems/a.md", "postmortems/b.md")
    assert pulls(protected.github) == [first.pull_request, second.pull_request]
    assert protected.log(BRANCH)[1:] == protected.log()


def test_a_pull_request_closed_by_a_person_stays_closed_until_its_content_differs(protected: Writer) -> None:
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


def test_one_opened_by_a_person_from_our_branch_is_taken_on_and_left_closed(writer: Writer) -> None:
    writer.github.shop.protections["main"] = Protection()
    writer.github.shop.actions_may_open_pulls = False
    writer.write()
    alice = writer.github.person("alice")
    theirs = alice.open_pull("Links", head=BRANCH, body="By hand.")
    assert writer.write().pull_request == theirs.number
    alice.close(theirs)
    writer.github.shop.actions_may_open_pulls = True
    assert writer.write().pull_request is None
    assert pulls(writer.github) == [theirs.number]
    assert theirs.body == "By hand."


def test_a_persons_commit_on_our_branch_is_left_alone_and_told(protected: Writer) -> None:
    alice = protected.github.person("alice")
    first = protected.write()
    theirs = alice.push({"postmortems/a.md": "# A, reworded\n\n- one\n"}, branch=BRANCH)
    alice.push({"postmortems/a.md": "# A\n\n- one\n- new\n"})
    second = protected.write()
    assert protected.log(BRANCH)[0] == theirs
    assert "not pmsync's" in second.warnings[0].text
    assert f"merge pull request #{first.pull_request}" in second.warnings[0].text
    assert not second.has_landed
    assert not second.errors


def test_a_persons_commit_that_was_merged_holds_our_branch_no_longer(protected: Writer) -> None:
    alice = protected.github.person("alice")
    first = protected.write()
    assert first.pull_request
    alice.push({"notes.md": "x"}, branch=BRANCH)
    alice.merge(protected.github.shop.issue(first.pull_request))
    alice.push({"postmortems/b.md": "# B\n\n- two\n- three\n"})
    second = protected.write("postmortems/b.md")
    assert second.pull_request not in {None, first.pull_request}
    assert not second.warnings


def test_what_a_person_pushes_in_the_last_moment_is_not_overwritten(writer: Writer) -> None:
    alice = writer.github.person("alice")
    writer.write(mode=Mode.PULL_REQUEST)
    alice.push({"postmortems/a.md": "# A\n\n- one\n- new\n"})
    theirs: list[str] = []
    writer.github.meanwhile(
        lambda: theirs.append(alice.push({"x.md": "x"}, branch=BRANCH)),
        of=lambda request: request.method == "POST" and request.path.endswith("/git/commits"),
    )
    written = writer.write(mode=Mode.PULL_REQUEST)
    assert writer.log(BRANCH)[0] == theirs[0]
    assert "not pmsync's" in written.warnings[0].text


def test_a_pull_request_of_which_nothing_is_left_is_closed_and_may_come_again(writer: Writer) -> None:
    alice = writer.github.person("alice")
    first = writer.write(mode=Mode.PULL_REQUEST)
    assert first.pull_request
    linked = f"# A\n\n- one{LINK}\n"
    alice.push({"postmortems/a.md": linked})
    assert writer.write(mode=Mode.PULL_REQUEST).pull_request is None
    assert not writer.github.shop.issue(first.pull_request).is_open
    writes = len(writer.github.writes)
    writer.write(mode=Mode.PULL_REQUEST)
    assert len(writer.github.writes) == writes
    alice.push({"postmortems/a.md": "# A\n\n- one\n"})
    assert writer.write(mode=Mode.PULL_REQUEST).pull_request not in {None, first.pull_request}


def test_a_look_at_some_documents_closes_no_pull_request(writer: Writer) -> None:
    first = writer.write(mode=Mode.PULL_REQUEST)
    assert first.pull_request
    writer.write("postmortems/none.md", mode=Mode.PULL_REQUEST, is_whole=False)
    assert writer.github.shop.issue(first.pull_request).is_open


def test_a_pull_request_stays_while_a_document_that_only_the_branch_has_needs_it(writer: Writer) -> None:
    first = writer.write(mode=Mode.PULL_REQUEST)
    assert first.pull_request
    head = writer.log(BRANCH)
    second = writer.write("postmortems/none.md", mode=Mode.PULL_REQUEST)
    assert second.pull_request == first.pull_request
    assert writer.github.shop.issue(first.pull_request).is_open
    assert writer.log(BRANCH) == head


def test_a_pull_request_of_documents_that_were_deleted_is_closed(writer: Writer) -> None:
    first = writer.write(mode=Mode.PULL_REQUEST)
    assert first.pull_request
    writer.github.person("alice").push({"postmortems/a.md": None})
    assert writer.write("postmortems/none.md", mode=Mode.PULL_REQUEST).documents == ()
    assert not writer.github.shop.issue(first.pull_request).is_open


def test_a_push_that_passes_again_makes_the_pull_request_unneeded(writer: Writer) -> None:
    writer.github.shop.protections["main"] = Protection()
    first = writer.write()
    assert first.pull_request
    writer.github.shop.protections.clear()
    writer.github.person("alice").push({"postmortems/a.md": "# A\n\n- one\n- new\n"})
    second = writer.write()
    assert second.commit == writer.log()[0]
    assert not writer.github.shop.issue(first.pull_request).is_open


def test_two_proposals_at_once_make_one_pull_request(writer: Writer) -> None:
    written = writer.write(mode=Mode.PULL_REQUEST, rewrite=after_another(writer, [], mode=Mode.PULL_REQUEST))
    assert pulls(writer.github) == [written.pull_request]


@pytest.mark.parametrize("kind", AFTER + BEFORE)
@pytest.mark.parametrize("at", range(1, 6))
def test_a_lost_answer_never_makes_a_second_pull_request(writer: Writer, kind: Kind, at: int) -> None:
    writer.github.fail(kind, at=at, of=lambda request: request.is_write)
    written = writer.write(mode=Mode.PULL_REQUEST)
    assert pulls(writer.github) == [written.pull_request]
    assert writer.text(branch=BRANCH) == f"# A\n\n- one{LINK}\n"
    assert len(writer.log(BRANCH)) == 2


def test_proposals_on_two_branches_leave_each_other_alone(writer: Writer) -> None:
    first = writer.write("postmortems/a.md", mode=Mode.PULL_REQUEST)
    second = writer.write("postmortems/b.md", mode=Mode.PULL_REQUEST, branch="bot/b")
    assert (first.branch, second.branch) == (BRANCH, "bot/b")
    assert pulls(writer.github) == [first.pull_request, second.pull_request]
    writes = len(writer.github.writes)
    writer.write("postmortems/a.md", mode=Mode.PULL_REQUEST)
    writer.write("postmortems/b.md", mode=Mode.PULL_REQUEST, branch="bot/b")
    assert len(writer.github.writes) == writes


# ------------------------------------------------------------------- what landed is told


def closings(request: Request) -> bool:
    return request.method == "PATCH" and "/pulls/" in request.path


@pytest.fixture
def outdated(writer: Writer) -> Writer:
    """A proposal stands of which nothing will be left, once the branch takes the commit that it refused."""
    writer.github.shop.protections["main"] = Protection()
    assert writer.write().pull_request
    writer.github.shop.protections.clear()
    writer.github.person("alice").push({"postmortems/a.md": "# A\n\n- one\n- new\n"})
    return writer


def test_a_commit_that_landed_is_told_although_an_interruption_came_next(outdated: Writer) -> None:
    request = Connection.request

    def struck(self: Connection, verb: str, path: str, *more: Any, **given: Any) -> Any:
        if verb == "PATCH" and "/pulls/" in path:
            raise KeyboardInterrupt
        return request(self, verb, path, *more, **given)

    with mock.patch.object(Connection, "request", struck):
        written = outdated.write()
    assert (written.commit, written.branch) == (outdated.log()[0], "main")
    assert written.documents == ("postmortems/a.md",)
    assert "interrupted" in written.errors[0].text


@pytest.mark.parametrize("kind", [Kind.UNAUTHORIZED, Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.ERROR_BEFORE])
def test_a_commit_that_landed_is_told_whatever_becomes_of_the_old_proposal(
    outdated: Writer, kind: Kind
) -> None:
    outdated.github.fail(kind, of=closings, lasting=True)
    written = outdated.write()
    assert (written.commit, written.branch) == (outdated.log()[0], "main")
    assert written.documents == ("postmortems/a.md",)
    assert len(written.errors) == 1
    assert "nothing was written back" not in written.errors[0].text


def test_a_token_that_may_not_look_at_pull_requests_pushes_all_the_same(writer: Writer) -> None:
    writer.github.shop.private = True
    writer.token = writer.github.actions_token(contents="write")
    written = writer.write()
    assert written.commit == writer.log()[0]
    assert not written.errors


# ---------------------------------------------------------------------- what is refused


def test_where_actions_may_not_open_pull_requests_the_branch_and_a_patch_remain(writer: Writer) -> None:
    writer.github.shop.protections["main"] = Protection()
    writer.github.shop.actions_may_open_pulls = False
    written = writer.write()
    assert writer.text(branch=BRANCH) == f"# A\n\n- one{LINK}\n"
    assert "Allow GitHub Actions to create and approve pull requests" in written.errors[0].text
    assert f"+- one{LINK}\n" in written.patch
    writer.github.shop.actions_may_open_pulls = True
    assert writer.write().pull_request is not None


@pytest.mark.parametrize("mode", Mode)
def test_a_token_that_may_not_write_gives_one_sentence_and_a_patch(writer: Writer, mode: Mode) -> None:
    writer.token = writer.github.actions_token(contents="read", issues="write")
    before = writer.log()
    written = writer.write(mode=mode)
    assert writer.log() == before
    (error,) = written.errors
    assert "contents: write" in error.text
    assert "diff --git" in written.patch


def test_a_refusal_for_another_reason_than_rights_is_told_in_githubs_own_words(writer: Writer) -> None:
    writer.github.fail(
        Kind.NOT_FOUND,
        of=lambda request: request.is_write and request.path.endswith("/git/trees"),
    )
    (error,) = writer.write().errors
    assert "GitHub refused to write to acme/shop" in error.text
    assert "permissions:" not in error.text


def test_a_repository_without_that_branch_is_told(github: GitHub) -> None:
    _ = github.shop.git
    written = Writer(github).write()
    assert "there is no branch `main`" in written.errors[0].text


# -------------------------------------------------------------------------- what is said


def said(github: GitHub) -> Iterable[str]:
    """All that our requests say to people."""
    for request in github.writes:
        if isinstance(request.body, dict):
            yield from (str(request.body[key]) for key in ("message", "title", "body") if key in request.body)


@pytest.mark.parametrize("mode", Mode)
def test_a_documents_name_and_text_stay_inert_in_what_is_said(writer: Writer, mode: Mode) -> None:
    nasty = "postmortems/`$(touch x)` @team fixes #1\n::set-output name=a::b <!-- pmsync:write-back.md"
    writer.github.person("alice").push({nasty: "# @everyone closes #2\n\n- ask @ada, fixes #3\n"})
    written = writer.write(nasty, mode=mode)
    assert written.documents == (nasty,)
    for text in said(writer.github):
        visible = text.replace("<!-- pmsync:write-back ", "")
        for probe in ("@team", "@ada", "@everyone", "#1", "#2", "#3", "\n::set-output", "<!-- pmsync"):
            assert probe not in visible
