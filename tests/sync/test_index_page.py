"""The index page follows the documents' items, in the work tree and on the branch, and is no postmortem."""

import pytest

from tests.sync.world import World, postmortem

PAGE = "docs/incidents/README.md"
EMPTY = """# Incidents

- [ ] no item

<!-- pmsync:index -->
<!-- /pmsync:index -->

End.\x20\x20
""".replace("\n", "\r\n")
FIRST, SECOND = "docs/incidents/cart.md", "docs/incidents/till.md"


@pytest.fixture
def world(world: World) -> World:
    world.configure(index=PAGE, documents=["docs/incidents/**/*.md"])
    world.write(FIRST, "---\ndate: 2026-02-01\n---\n" + postmortem("[ ] Alert on memory", "[ ] Patch it"))
    world.repo.write(PAGE, EMPTY)
    return world


def table(world: World) -> list[str]:
    """The rows of the table; all else of the page is as its author wrote it."""
    before, _, rest = world.text(PAGE).partition("<!-- pmsync:index -->\r\n")
    rows, _, after = rest.partition("<!-- /pmsync:index -->")
    assert f"{before}<!-- pmsync:index -->\r\n<!-- /pmsync:index -->{after}" == EMPTY
    return rows.split("\r\n")[2:-1]


def test_it_tells_of_each_postmortem_what_is_open(world: World) -> None:
    world.sync()
    assert table(world) == ["| 2026-02-01 | [The cart was down](./cart.md) | – | 2 / 2 |"]
    world.settled()
    world.person.close(1)
    world.write(
        SECOND, "---\ndate: 2026-03-01\nseverity: sev2\n---\n" + postmortem("Patch the till", title="Till")
    )
    world.sync()
    assert table(world) == [
        "| 2026-03-01 | [Till](./till.md) | SEV-2 | 1 / 1 |",
        "| 2026-02-01 | [The cart was down](./cart.md) | – | 1 / 2 |",
    ]
    world.settled()


def test_it_is_never_read_as_a_postmortem(world: World) -> None:
    world.sync()
    assert {item["document"] for item in world.status().data["follow_ups"]} == {FIRST}
    assert world.status().data["figures"]["postmortems"] == 1
    assert all(link.number <= 2 for link in world.links())
    assert len(world.issues()) == 2
    assert PAGE not in world.run("items", PAGE, "--format", "json").out


@pytest.mark.parametrize("text", ["# Incidents\n", None])
def test_without_a_place_for_the_table_it_is_told_and_the_rest_is_done(
    world: World, text: str | None
) -> None:
    if text is None:
        (world.repo.path / PAGE).unlink()
    else:
        world.repo.write(PAGE, text)
    done = world.sync(code=1)
    assert done.tells(PAGE, of="errors")
    assert len(world.links(FIRST)) == 2
    if text is not None:
        assert world.text(PAGE) == text


def test_a_plan_or_a_run_over_some_documents_leaves_it_alone(world: World) -> None:
    told = f"{PAGE}: its table of postmortems is brought up to date"
    assert world.plan().data["pages"] == [told]
    world.sync(FIRST)
    assert world.text(PAGE) == EMPTY
    world.sync()
    assert world.plan().data["pages"] == []
    assert world.plan(FIRST).data["pages"] == []
