"""What pmsync wrote into documents can be taken out again, to the byte."""

import json

import pytest

from tests.sync.world import DOCUMENT, World

TEXT = (
    "\ufeff# The cart was down\r\n\r\n## Action items\r\n\r\n"
    "- [ ] Alert on memory before the cart fills it (owner: Ben)  \r\n- Patch the till\r\n\r\n"
    "| Action | Ticket |\r\n|---|---|\r\n| Log the queue | TBD |\r\n"
)


@pytest.fixture
def written(world: World) -> World:
    """A world whose only document is annotated."""
    world.write(DOCUMENT, TEXT)
    world.sync("--force")
    assert world.text(DOCUMENT).count("): open") == 3
    return world


def test_a_document_is_as_its_author_wrote_it(written: World) -> None:
    done = written.run("strip")
    assert (done.code, done.out) == (0, f"{DOCUMENT}: 3 annotations taken out\n")
    assert written.text(DOCUMENT) == TEXT
    assert written.run("strip").out == "There is no annotation of pmsync's.\n"


def test_the_issues_stay_and_are_found_again(written: World) -> None:
    before, issues = written.text(DOCUMENT), written.issues()
    written.run("strip")
    assert written.issues() == issues
    written.sync()
    assert (written.text(DOCUMENT), written.issues()) == (before, issues)


def test_a_box_stays_as_it_is(written: World) -> None:
    written.person.close(1)
    written.sync()
    written.run("strip")
    assert written.text(DOCUMENT) == TEXT.replace("[ ]", "[x]")


def test_it_can_be_seen_first(written: World) -> None:
    files = written.files()
    done = written.run("strip", "--dry-run", "--format", "json")
    assert json.loads(done.out) == {
        "documents": [{"document": DOCUMENT, "annotations": 3}],
        "errors": [],
    }
    assert written.files() == files


def test_a_document_that_cannot_be_read_is_said_and_the_others_are_done(written: World) -> None:
    written.write("postmortems/wide.md", "")
    (written.repo.path / "postmortems/wide.md").write_bytes("# Wide".encode("utf-16"))
    done = written.run("strip")
    assert done.code == 1
    assert "postmortems/wide.md" in done.err
    assert written.text(DOCUMENT) == TEXT
