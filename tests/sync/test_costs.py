"""What a run costs, counted in requests; n = open issues, h = all that bear the label."""

import pytest

from pmsync.github import pacing
from tests.github.state import GitHub
from tests.sync.world import DOCUMENT, World, postmortem

NOUNS = ["cart", "till", "queue", "shard", "index", "cache", "mail", "proxy", "disk", "clock", "lock", "log"]


def tasks(count: int) -> list[str]:
    """So many items, none like another."""
    return [
        f"Watch {NOUNS[n % 12]} {n:03} and page when {NOUNS[n // 12 % 12]} {n * 7919 % 997} fills"
        for n in range(count)
    ]


def filled(world: World, count: int) -> None:
    """A world in which so many items have their issues."""
    world.configure(max_creates=10_000)
    world.write(DOCUMENT, postmortem(*tasks(count)))
    world.sync()


def cost(world: World, *args: str, code: int = 0) -> tuple[int, int]:
    """Requests of one sync, and how many of them wrote."""
    with world.watch() as seen:
        world.sync(*args, code=code)
    return len(seen), sum(request.is_write for request in seen)


@pytest.mark.parametrize(("n", "requests"), [(1, 1), (99, 1), (100, 1), (101, 2), (201, 3)])
def test_with_nothing_to_do_a_run_lists_the_open_issues_and_no_more(
    shop: World, n: int, requests: int
) -> None:
    filled(shop, n)
    assert cost(shop) == (requests, 0)


def test_without_any_item_a_run_asks_one_request(shop: World) -> None:
    shop.write(DOCUMENT, "# Quiet\n\nNothing happened.\n")
    assert cost(shop) == (1, 0)


def test_history_costs_nothing(shop: World) -> None:
    filled(shop, 110)
    for number in range(1, 106):
        shop.person.close(number)
    shop.sync()
    assert cost(shop) == (1, 0)


def test_plan_and_status_cost_the_same(shop: World) -> None:
    filled(shop, 101)
    for command in (shop.plan, shop.status):
        with shop.watch() as seen:
            command()
        assert len(seen) == 2


@pytest.mark.parametrize("m", [1, 25, 120])
def test_a_first_sync_of_m_items_takes_four_requests_more_at_most(shop: World, m: int) -> None:
    shop.configure(max_creates=10_000)
    shop.write(DOCUMENT, postmortem(*tasks(m)))
    requests, writes = cost(shop)
    assert requests <= m + 4
    assert writes == m + 1  # the label


@pytest.mark.parametrize("h", [1, 130, 201])
def test_creating_beside_a_history_lists_it_once(shop: World, h: int) -> None:
    filled(shop, h)
    for number in range(1, h + 1, 2):
        shop.person.close(number)
    shop.sync()
    shop.write(
        "postmortems/new.md", postmortem("Send flowers to whoever was on call", "Thank the night shift")
    )
    n = h // 2
    requests, writes = cost(shop)
    assert writes == 2
    assert requests <= 2 + -(-n // 100) + -(-h // 100) + 4


def test_a_first_sync_beside_a_labelled_history_lists_all_of_it_once(shop: World, github: GitHub) -> None:
    for number in range(250):
        issue = github.person("bob").open_issue(f"By hand {number}", labels=["postmortem"])
        if number % 2:
            github.person("bob").close(issue)
    shop.write(DOCUMENT, postmortem(*tasks(10)))
    requests, writes = cost(shop)
    assert requests <= 10 + 3 + 4
    assert writes == 10


@pytest.mark.parametrize("n", [3, 101])
def test_one_issue_closed_costs_one_request_more(shop: World, n: int) -> None:
    filled(shop, n)
    shop.person.close(2)
    assert cost(shop) == (-(-(n - 1) // 100) + 1, 0)
    assert cost(shop) == (-(-(n - 1) // 100), 0)


@pytest.mark.parametrize("n", [3, 101])
def test_editing_one_item_costs_one_write(shop: World, n: int) -> None:
    filled(shop, n)
    shop.edit(DOCUMENT, "Watch till 001", "Watch every till 001")
    assert cost(shop) == (-(-n // 100) + 1, 1)


def test_ticking_one_box_costs_one_write(shop: World) -> None:
    shop.write(DOCUMENT, postmortem(*(f"[ ] {task}" for task in tasks(3))))
    shop.sync()
    shop.edit(DOCUMENT, "[ ] Watch till 001", "[x] Watch till 001")
    assert cost(shop) == (2, 1)


def test_a_linked_open_issue_that_the_list_cannot_show_costs_one_each(shop: World) -> None:
    filled(shop, 5)
    shop.person.unlabel(1, "postmortem")
    shop.person.unlabel(4, "postmortem")
    assert cost(shop) == (1 + 2, 0)


def test_a_list_that_lags_costs_one_each_and_loses_nothing(shop: World, github: GitHub) -> None:
    filled(shop, 5)
    github.lag.seconds = 3600
    assert cost(shop)[1] == 0
    assert [link.word for link in shop.links()] == ["open"] * 5


def test_twenty_five_items_go_at_full_speed(shop: World, github: GitHub) -> None:
    filled(shop, 25)
    assert github.clock.sleeps == []


def test_a_hundred_and_twenty_items_meet_no_refusal(shop: World, github: GitHub) -> None:
    filled(shop, 120)
    assert github.limits.refusals == []
    assert len(shop.issues()) == 120


@pytest.fixture
def hundred_an_hour(shop: World, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> World:
    """A fifth of GitHub's limit, for client and server; `trackers/test_pacing.py` has it whole."""
    monkeypatch.setattr(pacing, "PER_HOUR", 100)
    github.limits.content_an_hour = 100
    shop.configure(max_creates=10_000)
    shop.write(DOCUMENT, postmortem(*tasks(120)))
    return shop


def test_more_items_than_an_hour_takes_stop_at_the_limit_and_say_when_to_go_on(
    hundred_an_hour: World, github: GitHub
) -> None:
    shop = hundred_an_hour
    done = shop.sync(code=1)
    assert done.tells("100 writes an hour", "go on after", of="errors")
    assert github.limits.refusals == []
    made = len(shop.issues())
    assert 90 <= made < 120
    assert len(shop.links()) == made  # all of them are written back
    github.clock.advance(3700)
    shop.sync()
    assert len(shop.issues()) == 120
    assert github.limits.refusals == []
    shop.settled()


def test_more_items_than_an_hour_takes_wait_for_the_next_where_told_to(
    hundred_an_hour: World, github: GitHub
) -> None:
    done = hundred_an_hour.sync("--wait")
    assert "waiting" in done.err
    assert github.limits.refusals == []
    assert len(hundred_an_hour.links()) == 120


def test_the_label_is_made_once_with_colour_and_description(shop: World, github: GitHub) -> None:
    filled(shop, 3)
    shop.write("postmortems/new.md", postmortem("Send flowers to whoever was on call"))
    shop.sync()
    assert len([r for r in shop.requests if r.method == "POST" and r.path.endswith("/labels")]) == 1
    label = github.shop.find_label("postmortem")
    assert label is not None
    assert (label.color, label.description) == ("d93f0b", "An action item of a postmortem")
