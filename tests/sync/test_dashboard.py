"""The dashboard is one issue, says what the report says, is written when that changes, and no item's."""

import re
from datetime import timedelta

import pytest

from pmsync.reconcile.dashboard import TITLE
from pmsync.reports.dashboard import render_dashboard
from tests.github.clock import Clock
from tests.github.faults import Kind, Request
from tests.github.state import GitHub
from tests.persons import Seen
from tests.reports.scenes import make_scene
from tests.sync.world import DOCUMENT, World, postmortem

ALERT, PATCH = "Alert on memory (due: 2030-01-01)", "Patch the till (@ada, due: 2030-02-01)"
DATED = "---\ndate: 2026-01-01\n---\n"


@pytest.fixture
def world(shop: World) -> World:
    shop.configure(dashboard=True)
    shop.write(DOCUMENT, DATED + postmortem(ALERT, PATCH))
    return shop


def boards(world: World) -> list[Seen]:
    return [issue for issue in world.issues().values() if "<!-- pmsync:dashboard " in issue.body]


def the_board(world: World) -> Seen:
    (board,) = boards(world)
    return board


def of_another_run(board: Seen) -> str:
    """The body of a dashboard as another run would have made it."""
    return re.sub("dashboard id=[0-9a-f]+", "dashboard id=0123456789abcdef", board.body)


def creations(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/issues")


def test_it_is_made_once_and_written_only_when_something_happened(world: World, clock: Clock) -> None:
    world.sync()
    board = the_board(world)
    assert (board.title, board.labels, board.comments) == (TITLE, ("postmortem",), ())
    assert "Alert on memory" in board.body
    assert "2 of 2 follow-ups open" in board.body
    clock.advance(3 * 24 * 3600)
    world.settled()
    world.person.close(1)
    with world.watch() as seen:
        world.sync()
    assert [str(it) for it in seen if it.is_write] == [f"PATCH /repos/acme/shop/issues/{board.number} → 200"]
    assert "1 of 2 follow-ups open" in the_board(world).body
    world.settled()


def test_it_is_told_where_it_is(world: World) -> None:
    done = world.sync()
    number = the_board(world).number
    assert f"the dashboard is acme/shop#{number}: https://github.com/acme/shop/issues/{number}" in done.err


def test_it_changes_when_something_falls_due(world: World, clock: Clock) -> None:
    world.sync()
    clock.advance(timedelta(days=5 * 365).total_seconds())
    world.sync()
    assert "2030-01-01 (overdue)" in the_board(world).body
    world.settled()


def test_there_is_none_unless_it_is_asked_for(world: World) -> None:
    world.configure()
    world.sync()
    assert not boards(world)


def test_a_run_over_some_documents_or_a_plan_leaves_it_alone(world: World) -> None:
    assert world.plan().data["pages"] == ["the dashboard is made, unless somebody closed it"]
    world.sync(DOCUMENT)
    assert not boards(world)
    world.sync()
    assert world.plan().data["pages"] == []
    world.person.close(1)
    assert world.plan().data["pages"] == [f"the dashboard acme/shop#{the_board(world).number} is patched"]
    world.sync()
    assert world.plan().data["pages"] == []


def test_nothing_that_an_item_says_acts_in_it(world: World) -> None:
    world.write(
        DOCUMENT,
        DATED + postmortem("Ask @alice ![x](https://x/y) <!-- pmsync:dashboard id=0 --> </details> | # x"),
    )
    world.sync()
    report = the_board(world).body.split("<!-- pmsync:dashboard id=")
    assert len(report) == 2
    assert "@alice" not in report[0]
    assert "](https://x/y)" not in report[0]
    world.settled()


def test_it_is_nobodys_item(world: World) -> None:
    world.sync()
    number = the_board(world).number
    world.write("postmortems/b.md", DATED + postmortem(TITLE))
    done = world.sync()
    assert done.actions == ["create"]
    assert number not in {link.number for link in world.links()}
    assert world.status().data["figures"]["orphans"] == 0
    world.settled()


def test_closed_it_is_left_closed_and_told_and_reopened_it_is_written_again(world: World) -> None:
    world.sync()
    board = the_board(world)
    world.person.close(board.number)
    world.person.close(1)
    assert world.sync().tells("the dashboard acme/shop#", "is closed, and left so")
    assert the_board(world).body == board.body
    world.settled()
    world.person.reopen(board.number)
    world.sync()
    assert "1 of 2 follow-ups open" in the_board(world).body


@pytest.mark.parametrize("kind", [Kind.DROP_AFTER, Kind.DROP_BEFORE, Kind.CUT_JSON])
def test_a_lost_answer_never_makes_a_second_one(world: World, github: GitHub, kind: Kind) -> None:
    github.fail(kind, at=3, of=creations)
    world.run("sync")
    world.sync()
    assert the_board(world).is_open
    world.settled()


def test_of_two_that_two_runs_made_at_once_the_first_stays(world: World, github: GitHub) -> None:
    world.sync()
    board = the_board(world)
    github.person("github-actions[bot]").open_issue(TITLE, of_another_run(board), ["postmortem"])
    world.sync()
    first, second = boards(world)
    assert (first.is_open, second.is_open, second.reason) == (True, False, "duplicate")
    assert second.comments == ()
    world.settled()


def test_a_second_one_that_people_touched_is_told_and_left(world: World, github: GitHub) -> None:
    world.sync()
    board = the_board(world)
    body = of_another_run(board)
    second = github.person("github-actions[bot]").open_issue(TITLE, body, ["postmortem"])
    world.person.comment(second.number, "Which of the two?")
    assert world.sync().tells(f"acme/shop#{second.number} is a second dashboard")
    assert all(it.is_open for it in boards(world))


def test_it_is_found_again_once_the_repository_has_another_name(world: World, github: GitHub) -> None:
    world.sync()
    shop = github.shop
    made = len(shop.live_issues)
    github.person("alice").rename(shop, "store")
    world.env["GITHUB_REPOSITORY"] = "acme/store"
    world.sync()
    assert len(shop.live_issues) == made


def test_a_second_one_that_a_person_reopened_stays_open(world: World, github: GitHub) -> None:
    world.sync()
    body = of_another_run(the_board(world))
    second = github.person("github-actions[bot]").open_issue(TITLE, body, ["postmortem"])
    world.sync()
    assert not world.issue(second.number).is_open
    world.person.reopen(second.number)
    assert world.sync().tells(f"acme/shop#{second.number} is a second dashboard")
    assert world.issue(second.number).is_open


def test_a_persons_copy_of_it_is_told_and_left(world: World) -> None:
    world.sync()
    board = the_board(world)
    copy = world.person.open(board.title, board.body, ["postmortem"])
    assert world.sync().tells(f"acme/shop#{copy} is a second dashboard")
    assert world.issue(copy).is_open


def test_closed_by_a_person_as_a_duplicate_it_is_left_closed_too(world: World) -> None:
    world.sync()
    board = the_board(world)
    world.person.close(board.number, "duplicate")
    assert world.sync().tells(f"the dashboard acme/shop#{board.number} is closed, and left so")
    assert the_board(world).number == board.number


def test_title_and_words_around_it_are_peoples(world: World) -> None:
    world.sync()
    board = the_board(world)
    world.person.retitle(board.number, "What is left to do")
    world.person.rewrite(board.number, f"Ask in the channel first.\n\n{board.body}\n\nBelow too.")
    world.person.close(1)
    world.sync()
    now = the_board(world)
    assert now.title == "What is left to do"
    assert now.body.startswith("Ask in the channel first.\n\n<!-- pmsync -->")
    assert now.body.endswith("-->\n\nBelow too.")
    assert "1 of 2 follow-ups open" in now.body
    world.settled()


def test_what_people_wrote_into_it_is_left_and_told(world: World) -> None:
    world.sync()
    board = the_board(world)
    edited = board.body.replace("Alert on memory", "Alert on memory, *please*")
    world.person.rewrite(board.number, edited)
    world.person.close(1)
    assert world.sync().tells("was edited by hand")
    assert the_board(world).body == edited


def test_a_strangers_copy_is_never_written_to_and_no_other_is_made(world: World) -> None:
    world.sync()
    board = the_board(world)
    world.person.delete(board.number)
    forged = world.person.open("Look here", board.body, ["postmortem"], by="mallory")
    world.person.close(1)
    assert world.sync().tells("whose issues do not count")
    assert the_board(world).number == forged
    assert the_board(world).body == board.body


def test_each_configuration_has_its_own(world: World) -> None:
    world.sync()
    world.repo.write("other.yml", 'dashboard: true\ndocuments: ["elsewhere/**/*.md"]\n')
    world.write("elsewhere/a.md", DATED + postmortem("Bound the queue"))
    world.sync("--config", "other.yml")
    first, second = boards(world)
    assert "Bound the queue" not in first.body
    assert "Bound the queue" in second.body


def test_a_token_that_may_not_write_there_is_told_and_the_rest_is_done(world: World, github: GitHub) -> None:
    github.fail(Kind.FORBIDDEN, at=3, of=creations)
    done = world.sync(code=1)
    assert done.tells("the dashboard was not written", of="errors")
    assert len(world.links()) == 2


def test_ten_thousand_follow_ups_fit_into_an_issue() -> None:
    text = render_dashboard(make_scene(1000, items=10).report())
    assert len(text) < 64_000
    assert text.count("```") % 2 == 0
    assert text.endswith("it is left closed.*")


def test_a_plan_is_shown_where_the_dashboard_cannot_be_foreseen(world: World, github: GitHub) -> None:
    github.fail(Kind.ERROR_BEFORE, lasting=True, of=lambda it: it.path == "/repos/acme/shop")
    plan = world.plan(code=1)
    assert plan.actions == ["create", "create"]
    assert plan.tells("the dashboard cannot be foreseen", of="errors")
