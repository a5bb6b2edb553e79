"""People, faults and syncs in any order: a state machine, and what must hold whenever a sync is over.

    people edit documents ─┐
    people work on issues ─┼→ sync → everything in `_check`, then a sync that does nothing
    requests go wrong ─────┘

Documents are kept as text alone. What a line says is read here by other rules than pmsync's own. Issues that
were transferred to `acme/api` go by negative numbers.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pmsync.extract import read
from pmsync.reconcile.markers import digest, normalise
from tests.faults.replay import KILLS
from tests.github.client_side import run_mortal
from tests.github.faults import Kind
from tests.persons import Seen, Shop, see
from tests.sync.world import Link, Ran, World, find_links, stripped

T = TypeVar("T")

PATHS = ("postmortems/2026-03-01-cart.md", "postmortems/2026-03-09-search.md", "postmortems/till.md")
TEXTS = (
    "Alert on memory before the cart fills it",
    "Shard the index by language",
    "Write down how to empty a cart by hand",
    "Reject negative and zero prices at the till",
    "Rotate the signing keys every quarter",
    "Rehearse the failover of the primary database",
)
REASONS = ("completed", "not_planned", "duplicate")
WORDS = ("open", "done", "won't do", "duplicate", "open, waiting for Bob", "blocked", "")
TASKS = "\n## Tasks\n\n- Order cake for the team that was on call\n"

_ITEM = re.compile(r"- (?:\[(?P<box>[ x])\] )?(?P<rest>\S.*)")
_MARKER = re.compile(r"<!-- pmsync:1 id=(\w+) src=\w+ doc=(?P<document>\w+) text=(?P<text>\w+) ")
_BLOCK = re.compile(r"<!-- pmsync -->.*?<!-- pmsync:1 [^>]*-->", re.DOTALL)
_STATUS = {"not_planned": "won't do", "duplicate": "duplicate"}

some = partial(st.integers, min_value=0, max_value=11)


@dataclass(frozen=True)
class Line:
    """An item's line, as anybody reads it."""

    path: str
    at: int
    box: str | None
    text: str
    link: Link | None

    @property
    def is_struck(self) -> bool:
        return self.text.startswith("~~")

    @property
    def is_done(self) -> bool:
        return self.box == "x" or self.is_struck

    @property
    def key(self) -> str:
        """What its issue's marker says of its text."""
        return digest(normalise(self.text))

    @property
    def word(self) -> str | None:
        """The annotation's status; None where it is none of ours."""
        word = (self.link.word or "").partition(",")[0] if self.link else None
        return word if word in {"open", "done", "won't do", "duplicate", "missing"} else None


def read_line(path: str, at: int, line: str) -> Line | None:
    """Reads a line of a document; None where it is no item."""
    found = _ITEM.fullmatch(line)
    if not found:
        return None
    links = find_links(line)
    return Line(path, at, found["box"], stripped(found["rest"]), links[0] if links else None)


def status(issue: Seen) -> str:
    """The word for an issue's state."""
    return "open" if issue.is_open else _STATUS.get(issue.reason or "", "done")


class People(RuleBasedStateMachine):
    """The machine. A subclass says in which world it works, by `make_world`."""

    make_world: Callable[[], World]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).make_world()
        self.shelf: dict[str, str] = {}
        self.before_sync: dict[str, str] = {}
        self.retitled: dict[int, str] = {}
        self.added: dict[int, list[str]] = {}
        self.said: dict[int, list[str]] = {}
        self.label_on: set[tuple[int, str]] = set()
        self.label_off: set[tuple[int, str]] = set()
        self.seen_boxes: dict[int, bool] = {}
        self.labels_seen: set[tuple[int, str]] = set()
        self.assigned: set[tuple[int, str]] = set()
        self.unassigned: set[tuple[int, str]] = set()
        self.deleted: set[int] = set()
        self.moved: dict[int, int] = {}
        self.forged: dict[int, Seen] = {}
        self.is_sound = True
        self.wishes_anew = False

    # ---- documents

    @initialize(items=st.lists(st.sampled_from(TEXTS), min_size=2, max_size=4), box=st.booleans())
    def begin(self, items: list[str], box: bool) -> None:
        self.world.configure(owners={"Bob": "bob", "Alice": "alice"}, max_creates=200)
        lead = "- [ ] " if box else "- "
        entries = "".join(f"{lead}{item}\n" for item in items)
        self._write(PATHS[0], f"# The cart was down\n\n## Action items\n\n{entries}")
        self._write(PATHS[1], f"# Search was slow\n\n## Follow-ups\n\n- {TEXTS[1]}\n- [ ] {TEXTS[3]}\n")
        self.sync()

    @rule(doc=some(), at=some(), text=st.sampled_from(TEXTS), box=st.sampled_from(["", "[ ] ", "[x] "]))
    def add_an_item(self, doc: int, at: int, text: str, box: str) -> None:
        if path := pick(sorted(self.world.wrote), doc):
            self._insert(path, at, f"- {box}{text}")

    @rule(which=some())
    def delete_an_item(self, which: int) -> None:
        if line := pick(self.lines(), which):
            self._replace(line, None)

    @rule(which=some(), doc=some(), at=some(), keeps=st.booleans())
    def copy_an_item(self, which: int, doc: int, at: int, keeps: bool) -> None:
        line, path = pick(self.lines(), which), pick(sorted(self.world.wrote), doc)
        if line and path:
            text, keeps = self._text(line), keeps and line.word is not None  # else it may be anybody's link
            self._insert(path, at, text if keeps else _without_link(text))
            self._wish_anew()

    @rule(which=some(), doc=some(), at=some())
    def move_an_item(self, which: int, doc: int, at: int) -> None:
        line, path = pick(self.lines(), which), pick(sorted(self.world.wrote), doc)
        if line and path:
            text = self._text(line)
            self._replace(line, None)
            self._insert(path, at, text)
            self._wish_anew()

    @rule(which=some(), other=st.sampled_from(TEXTS), slightly=st.booleans())
    def reword_an_item(self, which: int, other: str, slightly: bool) -> None:
        if line := pick(self.lines(), which):
            new = f"{line.text.strip('~')} soon" if slightly else other
            self._replace(line, self._text(line).replace(line.text, new))

    @rule(which=some())
    def tick_or_untick(self, which: int) -> None:
        if line := pick([line for line in self.lines() if line.box], which):
            old, new = ("[ ]", "[x]") if line.box == " " else ("[x]", "[ ]")
            self._replace(line, self._text(line).replace(old, new, 1))

    @rule(which=some())
    def strike_or_unstrike(self, which: int) -> None:
        if line := pick(self.lines(), which):
            new = line.text.strip("~") if line.is_struck else f"~~{line.text}~~"
            self._replace(line, self._text(line).replace(line.text, new))

    @rule(which=some())
    def delete_a_link(self, which: int) -> None:
        if line := pick([line for line in self.lines() if line.link], which):
            self._replace(line, _without_link(self._text(line)))

    @rule(which=some(), word=st.sampled_from(WORDS))
    def edit_a_word(self, which: int, word: str) -> None:
        if line := pick([line for line in self.lines() if line.link], which):
            said = f": {word})" if word else ")"
            self._replace(line, re.sub(r"\)(: [^()]*)?\)", lambda _: ")" + said, self._text(line)))

    @rule(doc=some())
    def add_or_drop_a_list_beside(self, doc: int) -> None:
        if path := pick(sorted(self.world.wrote), doc):
            text = self.world.text(path)
            self._write(path, text.partition("\n## Tasks\n")[0] if "## Tasks" in text else text + TASKS)

    @rule(doc=some(), front=st.sampled_from(["", "owner: Bob", "labels: [payments]", "owner: Alice"]))
    def change_front_matter(self, doc: int, front: str) -> None:
        if path := pick(sorted(self.world.wrote), doc):
            body = re.sub(r"\A---\n.*?---\n", "", self.world.text(path), flags=re.DOTALL)
            self._write(path, f"---\n{front}\n---\n{body}" if front else body)
            self._wish_anew()

    @rule(doc=some(), to=st.sampled_from(PATHS))
    def rename_a_document(self, doc: int, to: str) -> None:
        path = pick(sorted(self.world.wrote), doc)
        if path and to not in self.world.wrote:
            self.world.rename(path, to)
            self._wish_anew()

    @rule(doc=some())
    def delete_or_restore_a_document(self, doc: int) -> None:
        self._wish_anew()
        if self.shelf:
            path, text = self.shelf.popitem()
            if path not in self.world.wrote:
                self._write(path, text)
        elif path := pick(sorted(self.world.wrote), doc):
            self.shelf[path] = self.world.text(path)
            self.world.remove(path)

    @rule()
    def lose_the_write_back(self) -> None:
        """`git checkout` of the documents as they were before the last sync."""
        self._wish_anew()
        for path, text in self.before_sync.items():
            if path in self.world.wrote:
                self._write(path, text)

    # ---- issues

    @rule(which=some(), reason=st.sampled_from(REASONS))
    def close_or_reopen(self, which: int, reason: str) -> None:
        if issue := pick(self._ours(), which):
            if issue.is_open:
                self.world.person.close(issue.number, reason)
            else:
                self.world.person.reopen(issue.number)

    @rule(which=some())
    def retitle(self, which: int) -> None:
        if issue := pick(self._ours(), which):
            self.retitled[issue.number] = f"Title number {len(self.retitled)} of a person"
            self.world.person.retitle(issue.number, self.retitled[issue.number])

    @rule(which=some(), inside=st.booleans())
    def write_into_the_body(self, which: int, inside: bool) -> None:
        if issue := pick(self._ours(), which):
            words = f"Note {len(self.added.get(issue.number, ()))} of a person."
            self.added.setdefault(issue.number, []).append(words)
            body = (
                issue.body.replace("<!-- pmsync:1", f"{words}\n\n<!-- pmsync:1", 1)
                if inside
                else f"{words}\n\n{issue.body}\n\n{words}"
            )
            self.world.person.rewrite(issue.number, body)

    @rule(which=some())
    def comment(self, which: int) -> None:
        if issue := pick(self._ours(), which):
            said = self.said.setdefault(issue.number, list(issue.comments))
            said.append(f"Comment {len(said)}")
            self.world.person.comment(issue.number, said[-1])

    @rule(which=some(), name=st.sampled_from(["payments", "postmortem", "urgent"]))
    def label_or_unlabel(self, which: int, name: str) -> None:
        if issue := pick(self._ours(), which):
            on, off = self.label_on, self.label_off
            if name in issue.labels:
                self.world.person.unlabel(issue.number, name)
                on, off = off, on
            else:
                self.world.person.label(issue.number, name)
            off.discard((issue.number, name))
            # Put on and taken off between two syncs, nobody can know of it.
            if on is self.label_on or name == "postmortem" or (issue.number, name) in self.labels_seen:
                on.add((issue.number, name))

    @rule(which=some(), login=st.sampled_from(["alice", "bob"]))
    def assign_or_unassign(self, which: int, login: str) -> None:
        if issue := pick(self._ours(), which):
            on, off = self.assigned, self.unassigned
            if login in issue.assignees:
                self.world.person.unassign(issue.number, login)
                on, off = off, on
            else:
                self.world.person.assign(issue.number, login)
            off.discard((issue.number, login))
            if not self.wishes_anew:
                on.add((issue.number, login))

    @rule(which=some())
    def duplicate_an_issue(self, which: int) -> None:
        if issue := pick(self._ours(), which):
            self.world.person.open(issue.title, issue.body, issue.labels)

    @precondition(lambda self: len(self.deleted) < 2)
    @rule(which=some())
    def delete_an_issue(self, which: int) -> None:
        numbers = [issue.number for issue in self._ours()][:-1]  # the last number is not to be given again
        if number := pick(numbers, which):
            self.deleted.add(number)
            self.world.person.delete(number)

    @precondition(lambda self: not self.world.is_local and not self.moved)
    @rule(which=some())
    def transfer_an_issue(self, which: int) -> None:
        if isinstance(self.world.person, Shop) and (issue := pick(self._ours(), which)):
            github, old = self.world.person.github, issue.number
            api = github.repository("acme/api")
            self.moved[old] = new = -github.person("alice").transfer(github.shop.issue(old), api).number
            self.retitled = {self.moved.get(number, number): each for number, each in self.retitled.items()}
            self.added = {self.moved.get(number, number): each for number, each in self.added.items()}
            self.said = {self.moved.get(number, number): each for number, each in self.said.items()}
            self.label_on = {pair for pair in self.label_on if pair[0] != old}  # only what is known there
            self.label_off |= {(new, name) for number, name in self.label_off if number == old}
            self.assigned = {pair for pair in self.assigned if pair[0] != old}
            self.unassigned |= {(new, login) for number, login in self.unassigned if number == old}

    @precondition(lambda self: not self.world.is_local)
    @rule(which=some(), labelled=st.booleans())
    def forge(self, which: int, labelled: bool) -> None:
        """A stranger opens an issue that claims to be an item's."""
        if issue := pick(self._ours(), which):
            body = re.sub(r"id=\w{12}", f"id={len(self.forged):012x}", issue.body)
            labels = ["postmortem"] if labelled else []
            number = self.world.person.open("Forged", body, labels, by="mallory")
            self.forged[number] = self.world.issue(number)

    # ---- syncs

    @precondition(lambda self: not self.world.is_local)
    @rule(kind=st.sampled_from(Kind), k=st.integers(1, 8), lasting=st.booleans())
    def sync_badly(self, kind: Kind, k: int, lasting: bool) -> None:
        assert isinstance(self.world.person, Shop)
        github = self.world.person.github
        self._remember_texts()
        github.fail(kind, at=k, lasting=lasting)
        work = partial(self.world.run, "sync", "--force", "--format", "json")
        if kind in KILLS:
            assert run_mortal(github, work) in {None, 0, 1}
        else:
            assert work().code in {0, 1}
        github.mend()
        self._check_people()

    @rule()
    def sync(self) -> None:
        self.is_sound = False
        self._remember_texts()
        before, lines = self._issues(), self.lines()
        ran = self.world.sync("--force")
        self._check(ran, before, lines)
        files = self.world.files()
        with self.world.watch() as seen:
            again = self.world.sync()
        assert again.actions == [], again.out
        assert not [str(request) for request in seen if request.is_write]
        assert self.world.files() == files
        self.is_sound, self.wishes_anew = True, False

    def teardown(self) -> None:
        if self.is_sound and self.world.wrote:
            self.sync()

    # ---- what must hold

    def _check(self, ran: Ran, before: dict[int, Seen], lines: list[Line]) -> None:
        issues, after = self._issues(), self.lines()
        self._check_people()
        self._check_one_to_one(ran, issues, after)
        self._check_words(issues, after)
        self._check_states(before, issues, lines)
        for line in lines:
            if line.link and line.box and (line.box == "x") is not (line.word == "done"):
                self.seen_boxes[line.link.number] = line.box == "x"
        shown = {line.link.number: line.box == "x" for line in after if line.link and line.box}
        self.seen_boxes = {
            number: box for number, box in self.seen_boxes.items() if shown.get(number, box) is box
        }
        self._check_identity(before, lines, after)
        self._check_rest(before, issues)
        self.labels_seen = {(number, name) for number, issue in issues.items() for name in issue.labels}

    def _check_people(self) -> None:
        """Nothing of a person's is lost: in documents, on issues."""
        for path, text in self.world.wrote.items():
            assert stripped(self.world.text(path)) == stripped(text), path
        for number, issue in self._issues().items():
            assert issue.title == self.retitled.get(number, issue.title)
            assert all(words in issue.body for words in self.added.get(number, ()))
            assert set(self.said.get(number, ())) <= set(issue.comments)
            for name in issue.labels:
                assert (number, name) not in self.label_off, f"#{number} got {name} back"
            for login in issue.assignees:
                assert (number, login) not in self.unassigned, f"#{number} got {login} back"
            for other, name in self.label_on:
                assert other != number or name in issue.labels, f"#{number} lost {name}"
            for other, login in self.assigned:
                assert other != number or login in issue.assignees, f"#{number} lost {login}"
            assert issue == self.forged.get(number, issue), "a forged issue was written to"

    def _check_one_to_one(self, ran: Ran, issues: dict[int, Seen], lines: list[Line]) -> None:
        """Every item has an issue of its own, every open issue of ours an item; or it is told.

        Without git nothing tells whether the default branch on GitHub still holds a document that is gone.
        """
        told = " ".join([*ran.data["warnings"], *(str(each) for each in ran.data["orphans"])])
        holders = Counter(line.link.number for line in lines if line.link)
        for number, count in holders.items():
            shows = number in issues and issues[number].is_open  # what is closed need not be looked at again
            assert count == 1 or not shows or f"#{abs(number)}" in told, (
                f"#{number} is the issue of {count} items"
            )
            assert number not in self.forged, f"a stranger's #{number} was taken"
        for number, issue in issues.items():
            is_known = self.world.is_local or any(path in issue.body for path in self.world.wrote)
            if issue.is_ours and is_listed(issue) and is_known and number not in {*holders, *self.forged}:
                assert f"#{number}" in told or f"/{number}" in told, f"#{number} is nobody's, and not told"
        items = {
            (path, item.line) for path in self.world.wrote for item in read(path, self.world.text(path)).items
        }
        for line in lines:
            if not line.link and (line.path, line.at + 1) in items:
                assert line.is_done, f"{line} has no issue"
        assert "merge" not in ran.actions, "a second issue was made"

    def _check_words(self, issues: dict[int, Seen], lines: list[Line]) -> None:
        """Annotations and boxes say what the issues say (a copy of another document's item is left)."""
        holders = Counter(line.link.number for line in lines if line.link)
        for line in lines:
            issue = issues.get(line.link.number) if line.link else None
            if issue is None or line.link is None or holders[line.link.number] > 1:
                continue
            is_read = line.word == "open" or (line.word is None and not line.is_done)
            if is_read or is_listed(issue):
                assert line.word == status(issue), line
            if line.box and line.word in {"open", "done"}:
                assert (line.box == "x") == (line.word == "done"), line

    def _check_states(self, before: dict[int, Seen], after: dict[int, Seen], lines: list[Line]) -> None:
        """A state changes by its item's box alone, and only if the issue stood where it was last seen.

        A box that a sync saw changed, and that is still shown as it was then, wants nothing more.
        """
        holders = Counter(line.link.number for line in lines if line.link)
        wishes = {
            line.link.number: before[line.link.number].is_open
            if line.box and self.seen_boxes.get(line.link.number) is (line.box == "x")
            else _wish(line, before[line.link.number])
            for line in lines
            if line.link and line.link.number in before and holders[line.link.number] == 1
            if line.word in {"open", None}
            or not before[line.link.number].is_open
            or is_listed(before[line.link.number])
        }
        for number, old in before.items():
            if number in wishes:
                assert after[number].is_open == wishes[number], f"#{number}"
                if wishes[number] == old.is_open:
                    assert after[number].reason == old.reason, f"#{number}"

    def _check_identity(self, before: dict[int, Seen], lines: list[Line], after: list[Line]) -> None:
        """A link stays; an item without one gets back the issue that was made for it."""
        now = {(line.path, line.at): line.link for line in after}
        linked = Counter(line.link.number for line in lines if line.link)
        texts = Counter(line.key for line in lines)
        copied = {before[number].marker_id for number in linked if number in before}
        for line in lines:
            new = now[line.path, line.at]
            if line.link:
                if linked[line.link.number] == 1 and line.word != "duplicate":
                    assert new, line
                    if status(before.get(line.link.number, _NONE)) != "duplicate":
                        assert new.number == line.link.number, line
                continue
            made = {
                number
                for number, issue in before.items()
                if number not in {*linked, *self.forged}
                and issue.marker_id not in copied
                and (marker := _MARKER.search(issue.body))
                and (marker["text"], marker["document"]) == (line.key, digest(line.path))
            }
            listed = {number for number in made if number > 0 and "postmortem" in before[number].labels}
            if line.is_done and not any(before[number].is_open for number in listed):
                continue  # closed issues are not listed for what is done
            if listed and texts[line.key] == 1:
                assert new, line
                assert new.number in made, f"{line} has {new}, not one of {made}"

    def _check_rest(self, before: dict[int, Seen], after: dict[int, Seen]) -> None:
        """Issues are neither deleted nor stripped of anything; all outside of our block stays as it was."""
        for number, old in before.items():
            new = after[number]
            assert set(old.labels) <= set(new.labels)
            gone = set(old.assignees) - set(new.assignees)  # pmsync's own gives way to the next owner
            assert not gone or new.assignees
            assert not any((number, login) in self.assigned for login in gone)
            assert old.comments == new.comments
            assert _BLOCK.sub("", old.body) == _BLOCK.sub("", new.body)
            assert old.is_ours or (old.title, old.body) == (new.title, new.body)

    # ---- small things

    def lines(self) -> list[Line]:
        """The items of all documents, a link to where an issue was before its transfer taken as followed."""
        found = [
            line
            for path in sorted(self.world.wrote)
            for at, text in enumerate(self.world.text(path).split("\n"))
            if (line := read_line(path, at, text))
        ]
        return [
            replace(line, link=replace(line.link, number=self._now(line.link))) if line.link else line
            for line in found
        ]

    def _now(self, link: Link) -> int:
        return -link.number if "/acme/api/" in link.url else self.moved.get(link.number, link.number)

    def _ours(self) -> list[Seen]:
        return [
            issue
            for number, issue in sorted(self.world.issues().items())
            if issue.is_ours and number not in self.forged
        ]

    def _wish_anew(self) -> None:
        """A field that changes, or an item that comes to another document, asks for what it says."""
        self.wishes_anew = True
        self.label_off.clear()
        self.unassigned.clear()

    def _issues(self) -> dict[int, Seen]:
        """All issues, those that were transferred included."""
        found = dict(self.world.issues())
        if self.moved and isinstance(self.world.person, Shop):
            there = self.world.person.github.repository("acme/api").live_issues
            found |= {-issue.number: replace(see(issue), number=-issue.number) for issue in there}
        return found

    def _text(self, line: Line) -> str:
        return self.world.text(line.path).split("\n")[line.at]

    def _write(self, path: str, text: str) -> None:
        self.world.write(path, text)

    def _replace(self, line: Line, new: str | None) -> None:
        lines = self.world.text(line.path).split("\n")
        lines[line.at : line.at + 1] = [] if new is None else [new]
        self._write(line.path, "\n".join(lines))

    def _insert(self, path: str, at: int, new: str) -> None:
        lines = self.world.text(path).split("\n")
        places = [n for n, line in enumerate(lines) if _ITEM.fullmatch(line)] or [len(lines) - 1]
        lines.insert(places[at % len(places)], new)
        self._write(path, "\n".join(lines))

    def _remember_texts(self) -> None:
        self.before_sync = {path: self.world.text(path) for path in self.world.wrote}


def is_listed(issue: Seen) -> bool:
    """Whether a list of open issues shows it; what none shows is read only where its item says `open`."""
    return issue.is_open and issue.number > 0 and "postmortem" in issue.labels


def pick(choices: Sequence[T], which: int) -> T | None:
    """One of the choices, whatever the number."""
    return choices[which % len(choices)] if choices else None


_NONE = Seen(0, "", "", True, None, (), ())


def _wish(line: Line, issue: Seen) -> bool:
    """Whether an issue should be open after a sync, given its one item."""
    base = line.word or "open"
    if issue.is_open and issue.reason != "reopened":
        base = "open"  # whatever a hand made of the word: it never was closed
    if status(issue) != base:
        return issue.is_open
    if base == "open":
        reopened = issue.reason == "reopened"
        return not (line.box == "x" or (line.is_struck and not reopened))
    return issue.is_open or (base == "done" and line.box == " ")


def _without_link(text: str) -> str:
    return re.sub(r" ?\(\[[^\]]*#\d+\]\([^()]*\)[^()]*\)", "", text)
