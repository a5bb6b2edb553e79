"""People, clones and late write-backs in any order: who set a state last is never overruled.

    people push to the default branch ─┐
    people work on issues, or paste   ─┼→ a sync in some clone, current or not → `_check`
    write-backs land late, or never   ─┘

The oracle knows nothing of markers or annotations. It keeps one thing for each item: whether a person has
changed its box on the default branch since a person last changed its issue, and since that box was last
obeyed. Without that, no run may change the state of its issue; nor may there ever be two issues for one item.
An item is known by the one word in its text that no other has. Two things no run can know, and the oracle
allows for: that an issue was turned and turned back since its document was last read; and, without a link,
what a reworded item was before, once its issue was closed or its document renamed.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.children import run
from tests.conftest import Checkout
from tests.github.state import GitHub
from tests.persons import Shop
from tests.sync.world import Ran, World, find_links

CART, SEARCH, TILL = "postmortems/cart.md", "postmortems/search.md", "postmortems/till.md"
WORDS = ("aardvark", "badger", "cormorant", "dormouse", "echidna", "flamingo", "gazelle", "hedgehog")
VERBS = ("Alert on the", "Shard the", "Rotate the keys of the", "Rehearse the failover of the")

_ITEM = re.compile(r"(?m)^(?P<lead>- \[|\| )(?P<box>[ x]|open|done)(?P<rest>\]| \|)(?P<text>[^\n]*)$")

some = partial(st.integers, min_value=0, max_value=23)


class History(RuleBasedStateMachine):
    """The machine. A subclass says where: `make_github` and `make_folder`."""

    make_github: Callable[[], GitHub]
    make_folder: Callable[[], Path]

    def __init__(self) -> None:
        super().__init__()
        self.github = type(self).make_github()
        self.person = Shop(self.github)
        self.clones: list[World] = []
        self.wishes: set[str] = set()
        self.shelved: set[str] = set()
        self.looked: dict[int, bool] = {}
        self.said: dict[int, str] = {}
        self.turned: dict[int, bool] = {}
        self.copied: set[str] = set()
        self.was_renamed = False
        self.branches = 0

    # ---- the default branch, as people push to it

    @initialize()
    def begin(self) -> None:
        boxes = "".join(f"- [ ] {VERBS[n]} {WORDS[n]}\n" for n in range(2))
        rows = "".join(f"| open | {VERBS[n]} {WORDS[n]} | |\n" for n in range(2, 4))
        table = f"| Status | Action item | Issue |\n|---|---|---|\n{rows}"
        self._push(
            {
                CART: f"# The cart was down\n\n## Action items\n\n{boxes}",
                SEARCH: f"# Search was slow\n\n## Action items\n\n{table}",
            }
        )
        folder = type(self).make_folder()
        env = {
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_TOKEN": self.github.token,
            "GITHUB_REPOSITORY": "acme/shop",
        }
        for name in ("one", "other"):
            git = str(self.github.shop.git.path)
            run(["git", "clone", "--quiet", git, str(folder / name)], cwd=folder)
            self.clones.append(World(Checkout(folder / name), self.person, env))

    @rule(which=some())
    def change_a_box(self, which: int) -> None:
        places = [(path, found) for path in self._documents() for found in _ITEM.finditer(self._text(path))]
        if not places:
            return
        path, found = places[which % len(places)]
        text, box = self._text(path), found["box"]
        new = {" ": "x", "x": " ", "open": "done", "done": "open"}[box]
        self._push({path: f"{text[: found.start('box')]}{new}{text[found.end('box') :]}"})
        if word := word_of(found["text"]):
            self.wishes.add(word)

    @rule(which=some())
    def reword(self, which: int) -> None:
        path = self._pick(which)
        text = self._text(path)
        words = [word for word in WORDS if f" {word}" in text and f"{word} soon" not in text]
        if words:
            word = words[which % len(words)]
            self._push({path: text.replace(f" {word}", f" {word} soon")})

    @rule(which=some())
    def add_an_item(self, which: int) -> None:
        used = {word for path in self._documents() for word in WORDS if word in self._text(path)}
        used |= {word for issue in self.person.issues().values() if (word := word_of(issue.title))}
        fresh = [word for word in WORDS if word not in used]
        path = self._pick(which)
        if fresh and path != SEARCH:
            self._push({path: f"{self._text(path).rstrip()}\n- [ ] {VERBS[which % 4]} {fresh[0]}\n"})

    @rule(which=some())
    def delete_an_item(self, which: int) -> None:
        path = self._pick(which)
        lines = [line for line in self._text(path).split("\n") if _ITEM.fullmatch(line)]
        if len(lines) > 1:
            self._push({path: self._text(path).replace(f"{lines[which % len(lines)]}\n", "")})

    @rule()
    def rename_the_cart(self) -> None:
        paths = self._documents()
        old, new = (CART, TILL) if CART in paths else (TILL, CART)
        if old in paths and new not in paths:
            self._push({new: self._text(old), old: None})
            self.was_renamed = True

    @rule(which=some(), front=st.sampled_from(["pmsync: false", "owner: ["]))
    def hide_or_show(self, which: int, front: str) -> None:
        path = self._pick(which)
        text = self._text(path)
        shown = re.sub(r"\A---\n.*?---\n", "", text, flags=re.DOTALL)
        self._push({path: f"---\n{front}\n---\n{text}" if shown == text else shown})

    @rule(which=some())
    def copy_an_item(self, which: int) -> None:
        """With its link, as people copy lines, into another document."""
        source = CART if CART in self._documents() else TILL
        lines = [line for line in self._text(source).split("\n") if _ITEM.fullmatch(line)]
        target = "postmortems/copies.md"
        if lines and target not in self._documents():
            line = lines[which % len(lines)]
            self.copied.add(word_of(line))  # whose copy may come to be an item of its own
            self._push({target: f"# Later\n\n## Action items\n\n{line}\n"})

    # ---- issues

    @rule(which=some(), reason=st.sampled_from(["completed", "not_planned"]))
    def close_or_reopen(self, which: int, reason: str) -> None:
        if numbers := self._ours():
            self._turn(numbers[which % len(numbers)], reason)

    @rule(which=some(), other=some())
    def paste(self, which: int, other: int) -> None:
        """The body of one issue above another's own."""
        if numbers := self._ours():
            one, two = numbers[which % len(numbers)], numbers[other % len(numbers)]
            issues = self.person.issues()
            if one != two and len(issues[two].body) < 4000:
                self.person.rewrite(two, f"{issues[one].body}\n\n{issues[two].body}")

    @rule(which=some())
    def write_above(self, which: int) -> None:
        if numbers := self._ours():
            number = numbers[which % len(numbers)]
            self.said[number] = f"Note {len(self.said)} of a person."
            self.person.rewrite(number, f"{self.said[number]}\n\n{self.person.issues()[number].body}")

    # ---- clones

    @rule(which=some())
    def pull(self, which: int) -> None:
        self._pull(self._clone(which))

    @rule(which=some())
    def branch_off(self, which: int) -> None:
        """A feature branch with an item of its own, which never comes to the default branch."""
        clone = self._clone(which)
        self._pull(clone)
        self.branches += 1
        clone.repo.git("checkout", "--quiet", "-b", f"feature-{self.branches}")
        item = f"- [ ] {VERBS[which % 4]} heron{self.branches:02}"
        clone.repo.commit({f"postmortems/f{self.branches}.md": f"# F\n\n## Action items\n\n{item}\n"})

    @rule(which=some(), lands=st.sampled_from(["never", "at once", "late"]))
    def sync(self, which: int, lands: str) -> None:
        clone = self._clone(which)
        self._check(clone, lambda: clone.run("sync", "--format", "json"))
        if lands == "at once":
            self._land(clone)
        elif lands == "never":
            clone.repo.git("checkout", "--quiet", "--", ".")
        # else it stays in the work tree until somebody pulls, or a later sync lands

    @rule(which=some(), at=st.integers(1, 6), turned=some(), reason=st.just("completed"))
    def sync_while_somebody_decides(self, which: int, at: int, turned: int, reason: str) -> None:
        clone, numbers = self._clone(which), self._ours()

        def decide() -> None:
            self.github.clock.advance(60)
            self._turn(numbers[turned % len(numbers)], reason)

        if numbers:
            self.github.meanwhile(decide, at=at)
            self._check(clone, lambda: clone.run("sync", "--format", "json"))
            self.github.mend()
            self._land(clone)

    def teardown(self) -> None:
        """At last everything is pulled, synced and pushed, and then there is nothing left to do."""
        if not self.clones:
            return
        clone = self.clones[0]
        for _ in range(3):
            self._pull(clone)
            ran = self._check(clone, lambda: clone.run("sync", "--format", "json", "--force"))
            assert ran.data is not None
            self._land(clone)
        self._pull(clone)
        writes = len(self.github.writes)
        again = clone.run("sync", "--format", "json")
        assert again.actions == [], again.out
        assert len(self.github.writes) == writes
        self._check_shown(clone)

    # ---- what must hold

    def _check(self, clone: World, work: Callable[[], Ran]) -> Ran:
        self.github.clock.advance(600)
        before = {number: issue.is_open for number, issue in self.person.issues().items()}
        self.turned = {}
        ran = work()
        assert ran.code in {0, 1}, ran.err
        issues = self.person.issues()
        for number, was_open in before.items():
            word = word_of(issues[number].title)
            said = self.turned.get(number, was_open)
            if issues[number].is_open != said:
                assert number not in self.turned, f"#{number} was overruled while a person decided"
                assert word in self.wishes | self.copied, (
                    f"#{number} was {'closed' if said else 'reopened'} by nobody's wish"
                )
                self.wishes.discard(word)
        own = [self._text(path) for path in self._documents() if not path.endswith("copies.md")]
        texts = [text for text in own if not text.startswith("---\n")]
        if "behind" not in ran.err:
            for number, issue in issues.items():
                if any(f" {word_of(issue.title)}" in text for text in texts):
                    self.looked[number] = issue.is_open
                    self.shelved.discard(word_of(issue.title))
        made = Counter(
            word
            for issue in issues.values()
            if issue.is_ours and (word := word_of(issue.title)) not in self.copied
            if not any(f" {word} soon" in text for text in own) or (issue.is_open and not self.was_renamed)
        )
        assert max(made.values(), default=0) <= 1, f"two issues for one item: {made}"
        for number, words in self.said.items():
            assert words in issues[number].body
        if "behind" in ran.err:
            assert {number: issue.is_open for number, issue in issues.items()} == before | self.turned
        return ran

    def _check_shown(self, clone: World) -> None:
        """The default branch shows every state as it is."""
        issues = self.person.issues()
        words = {True: "open", False: "done"}
        for path in self._documents():
            text = self._text(path)
            if text.startswith("---\n") or path.endswith("copies.md"):
                continue
            for line in filter(_ITEM.fullmatch, text.split("\n")):
                for link in find_links(line):
                    issue = issues[link.number]
                    shown = words[issue.is_open] if issue.reason != "not_planned" else "won't do"
                    assert link.word == ("open" if issue.is_open else shown), line

    # ---- small things

    def _turn(self, number: int, reason: str) -> None:
        issue = self.person.issues()[number]
        if issue.is_open:
            self.person.close(number, reason)
        else:
            self.person.reopen(number)
        word, is_open = word_of(issue.title), not issue.is_open
        if word in self.shelved and self.looked.get(number) is is_open:
            self.shelved.discard(word)
            self.wishes.add(word)
        elif word in self.wishes:
            self.wishes.discard(word)
            self.shelved.add(word)
        self.turned[number] = is_open

    def _ours(self) -> list[int]:
        return [number for number, issue in sorted(self.person.issues().items()) if issue.is_ours]

    def _clone(self, which: int) -> World:
        return self.clones[which % len(self.clones)]

    def _pull(self, clone: World) -> None:
        clone.repo.git("checkout", "--quiet", "--force", "main")
        clone.repo.git("fetch", "--quiet", "origin")
        clone.repo.git("reset", "--quiet", "--hard", "origin/main")

    def _land(self, clone: World) -> None:
        """Commits what a sync wrote and merges it into the default branch, unless that conflicts."""
        if clone.repo.git("symbolic-ref", "--short", "HEAD") != "main":
            clone.repo.git("checkout", "--quiet", "--", ".")
            return
        clone.repo.commit(message="Links and status")
        clone.repo.git("fetch", "--quiet", "origin")
        try:
            clone.repo.git("merge", "--quiet", "--message", "Merge", "origin/main")
            clone.repo.git("push", "--quiet", "origin", "HEAD:main")
        except AssertionError:
            pass  # a conflict: whoever merges drops this write-back
        self._pull(clone)

    def _push(self, files: Mapping[str, str | None]) -> None:
        self.github.person("alice").push(dict(files))

    def _documents(self) -> list[str]:
        git = self.github.shop.git
        listed = git.word("ls-tree", "-r", "--name-only", "main").splitlines()
        return [path for path in listed if path.startswith("postmortems/")]

    def _pick(self, which: int) -> str:
        paths = [path for path in self._documents() if not path.endswith("copies.md")]
        return paths[which % len(paths)]

    def _text(self, path: str) -> str:
        return self.github.shop.git.file("main", path).decode()


def word_of(text: str) -> str:
    """The word by which an item, or the title of its issue, is known."""
    found = re.search(rf"\b({'|'.join(WORDS)}|heron\d\d)\b", text)
    return found[1] if found else ""
