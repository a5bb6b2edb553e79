"""Each rule finds what it is about, in every language, and leaves what is well said alone."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.check import Checked, Level, Settings, check
from pmsync.check.rules import ALL_RULES, RULES, Rule, rule_of
from pmsync.check.words import find_vague, is_group, keys, same_name, split_owners
from pmsync.errors import DocumentError
from pmsync.extract import read
from pmsync.lexicon.languages import known_languages
from pmsync.model import Notice, Postmortem

TODAY = date(2026, 3, 2)
HEAD = "# Queue was full\n\n**Date:** 2026-03-01\n**Severity:** SEV-1\n\n"
COLUMNS = "| Action | Owner | Due | Type |\n|---|---|---|---|\n"
EARLIER = HEAD.replace("2026-03-01", "2025-09-11")


def document(lines: str, head: str = HEAD) -> str:
    """Returns a postmortem that holds some lines, as a rule's page shows them."""
    if lines.startswith("# "):
        return (
            lines
            + "\n\n## Action items\n\n- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)\n"
        )
    if lines.startswith("## "):
        return head + lines + "\n"
    return head + "## Action items\n\n" + (COLUMNS if lines.startswith("|") else "") + lines + "\n"


def look(
    text: str,
    *,
    name: str = "postmortems/a.md",
    owners: Sequence[str] = (),
    past: Sequence[Postmortem] = (),
    settings: Settings | None = None,
    new: bool = False,
) -> Checked:
    here = read(name, text)
    return check(
        [here],
        settings or Settings(owners=dict.fromkeys(owners, "login")),
        TODAY,
        past=[*past, here],
        new={name} if new else (),
    )


def codes(text: str, **named: object) -> list[str]:
    return [one.rule.code for one in look(text, **named).diagnostics]  # type: ignore[arg-type]


def found(item: str, **named: object) -> list[str]:
    return codes(document(f"- [ ] {item}"), **named)


# ----------------------------------------------------------------------------- the table


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_finds_the_bad_line_of_its_page_and_not_the_good_one(rule: Rule) -> None:
    past = []
    if rule.code == "PM014":
        page = "## Action items\n\n- [ ] Page on queue length over 10,000\n"
        past.append(read("postmortems/old.md", EARLIER + page))
    owners = ["Ada"] if rule.code == "PM010" else []
    assert rule.code in codes(document(rule.bad), owners=owners, past=past)
    assert rule.code not in codes(document(rule.good), owners=owners, past=past)


def test_the_codes_are_in_order_and_the_names_differ() -> None:
    assert [rule.code for rule in ALL_RULES] == [f"PM{number:03}" for number in range(15)]
    assert len({rule.name for rule in ALL_RULES}) == 15


def test_only_placeholders_and_broken_documents_are_errors_where_nothing_is_configured() -> None:
    assert [rule.code for rule in ALL_RULES if rule.level is Level.ERROR] == ["PM000", "PM005"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_says_why_after_whom_and_what_to_do(rule: Rule) -> None:
    assert rule.why.endswith(".")
    assert rule.source
    assert rule.fix
    assert rule_of(rule.name.upper()) is rule_of(rule.code.lower()) is rule


GOOD = document(
    "- [ ] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)\n"
    "- [x] Restart the workers\n"
    "- [ ] Refuse new tickets over 100,000 (owner: Ben, due: 2026-04-01)"
)


def test_nothing_is_found_in_a_good_postmortem() -> None:
    assert codes(GOOD, new=True) == []


DRAFT = """\
# Queue was full

**Date:** 2026-03-01

## Action items

- [ ] Improve monitoring
- [ ] Write down how the queue is drained (owner: Ada and Ben, due: soon)
- [ ] <describe the action>
- [ ] Write down how the queue is drained (owner: Ada, due: 2025-03-20)
"""


def test_a_bad_draft_is_made_good_by_following_what_is_printed() -> None:
    assert codes(DRAFT) == ["PM013", "PM001", "PM002", "PM003", "PM002", "PM004", "PM005", "PM006", "PM009"]
    steps = (
        ("# Queue was full\n\n**Date:** 2026-03-01\n\n", HEAD),
        ("Improve monitoring", "Page when the queue holds 10,000 tickets (owner: Ada, due: 2026-03-20)"),
        ("(owner: Ada and Ben, due: soon)", "(owner: Ben, due: 2026-04-01)"),
        ("- [ ] <describe the action>\n", ""),
        ("- [ ] Write down how the queue is drained (owner: Ada, due: 2025-03-20)\n", ""),
    )
    text, left = DRAFT, len(codes(DRAFT))
    for old, new in steps:
        text = text.replace(old, new, 1)
        assert len(codes(text)) < left
        left = len(codes(text))
    assert left == 0


# ------------------------------------------------------------------------- owners and dates


@pytest.mark.parametrize("owner", ["TBD", "-", "?", "nobody", "@"])
def test_an_owner_that_only_holds_the_place_is_none(owner: str) -> None:
    assert codes(document(f"| Page on queue length over 10,000 | {owner} | 2026-03-20 | |")) == ["PM001"]


def test_the_documents_owner_stands_in_for_an_items() -> None:
    text = "---\nowner: Ada\ndate: 2026-03-01\nseverity: 1\n---\n" + document(
        "- [ ] Page on queue length over 10,000 (due: 2026-03-20)", head="# Down\n\n"
    )
    assert codes(text) == []


@pytest.mark.parametrize(
    "due", ["soon", "ASAP", "Q3", "Q3 2026", "next sprint", "TBD", "bald", "dès que possible"]
)
def test_a_due_date_that_is_no_day_is_none(due: str) -> None:
    assert found(f"Page on queue length over 10,000 (owner: Ada, due: {due})") == ["PM002"]


@pytest.mark.parametrize(
    "item",
    ["[x] Improve monitoring", "[ ] Improve monitoring ([#3](https://github.com/a/b/issues/3): won't do)"],
)
def test_what_is_settled_is_left_alone(item: str) -> None:
    assert (
        codes(document(f"- {item}\n- [ ] Refuse new tickets over 9,000 (owner: Ben, due: 2026-04-01)")) == []
    )


@pytest.mark.parametrize(("one", "other"), [("@José", "jose"), ("Ada  Lind", "ada lind"), ("Åsa", "asa")])
def test_a_name_is_known_however_it_is_spelled(one: str, other: str) -> None:
    assert same_name(one) == same_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("मीना", "मोना"), ("かとう", "がとう"), ("กิต", "กุต"), ("C++", "C#")]
)
def test_other_marks_than_accents_tell_names_apart(one: str, other: str) -> None:
    assert same_name(one) != same_name(other)


@pytest.mark.parametrize(
    ("owner", "persons"),
    [
        ("Ada and Ben", 2),
        ("Ada, Ben", 2),
        ("Ada/Ben", 2),
        ("Ada & Ben", 2),
        ("Ada y Ben", 2),
        ("Ada und Ben", 2),
        ("Ада и Борис", 2),
        ("Ada (with help of Ben)", 1),
        ("Ada A. Byron", 1),
        ("R&D lead", 1),
        ("R & D", 1),
        ("R & D and Ada", 2),
        ("ada@acme.io and ben@acme.io", 2),
        ("ada@acme.io / Ben", 2),
        ("@ada/@ben", 2),
        ("@acme/sre and @ada", 2),
    ],
)
def test_several_owners_are_told_from_one(owner: str, persons: int) -> None:
    assert len(split_owners(owner)) == persons
    flagged = "PM004" in codes(document(f"| Page on queue length over 10,000 | {owner} | 2026-03-20 | |"))
    assert flagged is (persons > 1)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Platform team",
            "SRE",
            "everyone",
            "DevOps",
            "acme/sre",
            "équipe Colis",
            "Entwicklung",
            "equipo de pagos",
        ),
        *(
            "команда платежей",
            "平台团队",
            "インフラチーム",
            "플랫폼 팀",
            "zespół płatności",
            "ödeme ekibi",
            "צוות תשלומים",
        ),
    ],
)
def test_a_team_is_no_owner(name: str) -> None:
    assert is_group(name)


@pytest.mark.parametrize(
    "name", ["Ada", "ada-l", "Ada Byron", "Platform team lead", "Head of SRE", "Jo Teamer", "王伟"]
)
def test_a_person_is_no_team(name: str) -> None:
    assert not is_group(name)


def test_a_team_that_the_configuration_maps_to_somebody_is_an_owner() -> None:
    item = "Page on queue length over 10,000 (owner: Platform team, due: 2026-03-20)"
    assert found(item, owners=["platform  TEAM"]) == []
    assert found(item, owners=["Ada"]) == ["PM004", "PM010"]


def test_an_owner_may_be_written_by_name_or_login() -> None:
    assert found("Page on queue length over 10,000 (@login, due: 2026-03-20)", owners=["Ada"]) == []


def test_a_date_before_the_incident_is_told_whenever_and_a_past_one_only_of_what_is_new() -> None:
    item = "Page on queue length over 10,000 (owner: Ada, due: {})"
    assert found(item.format("2026-02-28")) == ["PM006"]
    assert found(item.format("2026-03-01")) == []
    assert found(item.format("2026-03-01"), new=True) == ["PM006"]


# ------------------------------------------------------------------------------- wording


VAGUE = {
    "ar": "تحسين المراقبة",
    "ca": "Millorar el monitoratge",
    "cs": "Zlepšit monitoring",
    "da": "Forbedre overvågningen",
    "de": "Monitoring verbessern",
    "el": "Βελτίωση της παρακολούθησης",
    "en": "Improve monitoring",
    "es": "Mejorar la monitorización",
    "fa": "بهبود نظارت",
    "fi": "Parantaa valvontaa",
    "fr": "Améliorer la supervision",
    "he": "לשפר את הניטור",
    "hi": "निगरानी में सुधार",
    "hu": "A monitorozás javítása",
    "id": "Meningkatkan pemantauan",
    "it": "Migliorare il monitoraggio",
    "ja": "監視を改善する",
    "ko": "모니터링 개선",
    "nl": "Monitoring verbeteren",
    "no": "Forbedre overvåkingen",
    "pl": "Poprawić monitoring",
    "pt": "Melhorar o monitoramento",
    "ro": "Îmbunătățirea monitorizării",
    "ru": "Улучшить мониторинг",
    "sk": "Zlepšiť monitoring",
    "sv": "Förbättra övervakningen",
    "th": "ปรับปรุงการเฝ้าระวัง",
    "tr": "İzlemenin iyileştirilmesi",
    "uk": "Покращити моніторинг",
    "vi": "Cải thiện giám sát",
    "zh": "改进监控",
}


@pytest.mark.parametrize("language", VAGUE)
def test_vague_wording_is_found_in_every_language(language: str) -> None:
    assert find_vague(VAGUE[language], "")


@pytest.mark.parametrize("language", VAGUE)
def test_the_same_words_are_fine_with_something_to_show_for_them(language: str) -> None:
    assert not find_vague(f"{VAGUE[language]}: p99 < 250 ms", "")


def test_a_word_alone_names_a_subject_and_says_nothing_of_it() -> None:
    assert find_vague("Monitoring", "") == "Monitoring"
    assert find_vague("Документация", "") == "Документация"
    for title, body in (
        ("Monitoring", "Page on queue length over 10,000."),
        ("`retries: 3`", ""),
        ("Retries=3", ""),
        ("限制队列长度", ""),
        ("Remove retries", ""),
    ):
        assert not find_vague(title, body), title


def test_every_language_that_reading_knows_has_words_for_what_is_vague() -> None:
    spoken = set(known_languages())
    assert set(VAGUE) == spoken
    known = dict(keys())
    for key in ("careful", "open_ended", "shown", "group", "severe", "lessens", "unfilled"):
        assert known[key] == spoken, key


@pytest.mark.parametrize(
    "item",
    [
        "Be more careful with deploys",
        "Engineers should pay more attention to alerts",
        "Investigate the timeouts",
        "Look into the retry storm",
        "Better documentation",
        "Enhanced monitoring for sign-ins",
        "Consider a circuit breaker",
        "Try to respond earlier",
        "Raise awareness for the runbook",
        "Vorsichtiger deployen: besser aufpassen",
        "Faire plus attention aux alertes",
    ],
)
def test_what_has_no_end_is_found(item: str) -> None:
    assert find_vague(item, "")


@pytest.mark.parametrize(
    "item",
    [
        "Improve p99 latency of checkout to below 250 ms",
        "Improve monitoring by adding a page on queue length",
        "Investigate the timeouts and write a report",
        "Investigate whether the pool is exhausted",
        "Investigate `pool_size` of the proxy",
        "Add a dashboard for the queue",
        "Improve alerts to include the disk",
        "Remove the improve-mode flag",
        "Write the runbook",
        "Patch the till",
        "Monitor queue length",
        "Untersuchen, ob die Verbindung abbricht",
    ],
)
def test_what_can_be_checked_is_left_alone(item: str) -> None:
    assert not find_vague(item, "")


def test_what_is_shown_may_stand_below_the_item() -> None:
    item = "- [ ] Improve monitoring (owner: Ada, due: 2026-03-20)\n  - page on queue length, memory and disk"
    assert codes(document(item)) == []


# -------------------------------------------------------------------------- placeholders


@pytest.mark.parametrize(
    "item",
    [
        "TBD",
        "TODO",
        "<describe the action>",
        "[Action item]",
        "{{ action }}",
        "Fix the retry [GH-???]",
        "Alert at ??? %",
        "Alert on memory (see <link>)",
        "Thresholds: TBD",
        "Patch [OPS-XXX]",
        "未定",
        "à compléter",
    ],
)
def test_a_placeholder_is_an_error(item: str) -> None:
    assert Level.ERROR in {one.level for one in look(document(f"- [ ] {item}")).diagnostics}


@pytest.mark.parametrize(
    "item",
    [
        "None",
        "N/A",
        "Rename `<name>` to `<title>`",
        "Render <details> in mails",
        "Read [the runbook](https://e.org/tbd)",
        "Alert on {service} memory",
        "Patch the till [OPS-12]",
        "Follow [the guide][guide]",
        "Handle x[name] in templates",
    ],
)
def test_what_only_looks_like_a_placeholder_is_no_error(item: str) -> None:
    text = document(f"- [ ] {item}") + "\n[guide]: https://e.org\n"
    assert Level.ERROR not in {one.level for one in look(text).diagnostics}


def test_a_placeholder_in_an_issue_column_is_no_error_since_the_link_takes_its_place() -> None:
    columns = COLUMNS.replace("Type", "Issue")
    row = "| Patch the till | Ada | 2026-03-20 | [GH-???] |\n"
    assert codes(HEAD + "## Action items\n\n" + columns + row) == []


@pytest.mark.parametrize("head", ["# Postmortem template (short)\n", "# Incident report template\n"])
def test_a_template_is_left_alone(head: str) -> None:
    assert codes(head + "\n## Action items\n\n- [ ] <describe the action>\n") == []


def test_a_document_that_opted_out_is_left_alone() -> None:
    assert codes("---\npmsync: false\n---\n" + DRAFT) == []


# ------------------------------------------------------------------------------ together


def test_an_empty_heading_is_told_at_its_line() -> None:
    (one,) = look(HEAD + "## Action items\n").diagnostics
    assert (one.rule.code, one.line) == ("PM007", 6)


def test_a_heading_over_placeholders_alone_is_told_once() -> None:
    assert codes(document("- [ ] TBD")) == ["PM005"]


@pytest.mark.parametrize("severity", ["SEV-1", "sev2", "P0", "Critical", "2", "kritisch", "严重"])
def test_a_severe_incident_needs_more_than_mitigation(severity: str) -> None:
    head = HEAD.replace("SEV-1", severity)
    row = "| Page on queue length over 10,000 | Ada | 2026-03-20 | {} |"
    assert codes(document(row.format("mitigate"), head)) == ["PM008"]
    assert codes(document(row.format("prevent"), head)) == []
    assert codes(document(row.format(""), head)) == []


def test_a_severe_incident_needs_a_follow_up_of_high_priority() -> None:
    item = "- [ ] [{}] Page on queue length over 10,000 (owner: Ada, due: 2026-03-20)"
    assert codes(document(item.format("P3"))) == ["PM008"]
    assert codes(document(item.format("P1"))) == []
    assert codes(document(item.format("P3"), HEAD.replace("SEV-1", "SEV-4"))) == []


ONE = "Page on the length of the ticket queue"


@pytest.mark.parametrize(
    "other", [ONE, "Page on length of ticket queue", "Page on the length of our ticket queues"]
)
def test_what_is_said_twice_is_told_at_the_second(other: str) -> None:
    text = document(f"- [ ] {ONE} (owner: Ada, due: 2026-03-20)\n- [ ] {other} (owner: Ben, due: 2026-03-20)")
    (one,) = look(text).diagnostics
    assert (one.rule.code, one.line) == ("PM009", 9)


@pytest.mark.parametrize(
    "other",
    [
        "Page on the length of the refund queue",
        "Page on the age of the ticket queue",
        "Page on ticket queue 2 length",
        "Bound the length of the ticket queue",
        "Page on it",
    ],
)
def test_what_is_only_near_is_not_said_twice(other: str) -> None:
    text = document(f"- [ ] {ONE} (owner: Ada, due: 2026-03-20)\n- [ ] {other} (owner: Ben, due: 2026-03-20)")
    assert codes(text) == []


def test_two_items_with_one_annotation_are_told() -> None:
    note = "([#3](https://github.com/acme/shop/issues/3): open)"
    text = document(
        f"- [ ] {ONE} (@ada, due: 2026-03-20) {note}\n- [ ] Bound the queue (@ada, due: 2026-03-20) {note}"
    )
    assert codes(text) == ["PM011"]


def test_an_echo_is_an_open_item_of_an_earlier_postmortem() -> None:
    item = document(f"- [ ] {ONE} (owner: Ada, due: 2026-03-20)")
    was = "## Action items\n\n- [{}] Page on length of the ticket queue\n"
    old = read("postmortems/old.md", EARLIER + was.format(" "))
    (one,) = look(item, past=[old]).diagnostics
    assert (one.rule.code, one.line) == ("PM014", 8)
    assert "asked for on 2025-09-11 and never done: postmortems/old.md:8" in one.text
    assert codes(item, past=[read("postmortems/old.md", EARLIER + was.format("x"))]) == []
    assert (
        codes(item, past=[read("postmortems/new.md", HEAD.replace("03-01", "03-02") + was.format(" "))]) == []
    )


# --------------------------------------------------------------------------- allowances


ITEM = "- [ ] Improve monitoring (owner: Ada, due: 2026-03-20)"


@pytest.mark.parametrize(
    "lines",
    [
        f"{ITEM} <!-- pmsync: allow PM003 the board decides in May -->",
        f"{ITEM}\n  <!-- pmsync: allow PM003 the board decides in May -->",
        f"{ITEM}\n\n<!-- pmsync: allow PM003 the board decides in May -->",
        f"{ITEM}\n<!-- pmsync: allow PM001, pm003 – the board\ndecides in May -->",
        f"{ITEM}\n\n<!-- pmsync: allow PM001 known -->\n<!-- pmsync: allow PM003 the board decides -->",
        "| Improve monitoring <!-- pmsync: allow PM003 known --> | Ada | 2026-03-20 | |",
    ],
)
def test_a_comment_after_an_item_allows_a_rule(lines: str) -> None:
    checked = look(document(lines))
    assert [one.rule.code for one in checked.diagnostics] == []
    assert checked.allowed == 1
    assert not checked.warnings


def test_a_comment_allows_nothing_of_other_items_and_rules() -> None:
    text = document(f"{ITEM}\n{ITEM.replace('monitoring', 'alerting')} <!-- pmsync: allow PM003 known -->")
    assert [(one.rule.code, one.line) for one in look(text).diagnostics] == [("PM003", 8)]
    assert codes(document(f"{ITEM} <!-- pmsync: allow PM002 known -->")) == ["PM003"]


def test_a_comment_anywhere_allows_what_is_said_of_the_whole_document() -> None:
    text = GOOD.replace("**Severity:** SEV-1", "<!-- pmsync: allow PM013 we have no severities -->")
    assert codes(text) == []


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("<!-- pmsync: allow PM003 -->", "without a reason"),
        ("<!-- pmsync: allow PM33 known -->", "“PM33” is no rule"),
        ("<!-- pmsync: allow no-owner -->", "no rule is named"),
    ],
)
def test_a_comment_that_allows_nothing_is_told(comment: str, said: str) -> None:
    checked = look(document(f"{ITEM} {comment}"))
    assert [one.rule.code for one in checked.diagnostics] == ["PM003"]
    (warning,) = checked.warnings
    assert said in warning.text
    assert warning.line == 8


# ------------------------------------------------------------------------------ conflicts


CONFLICT = "<<<<<<< HEAD\n- a\n=======\n- b\n>>>>>>> other\n"


def test_a_conflict_is_the_only_thing_told_of_a_document() -> None:
    with pytest.raises(DocumentError) as refused:
        read("postmortems/a.md", DRAFT + CONFLICT)
    (one,) = check([], Settings(), TODAY, errors=[Notice.of(refused.value)]).diagnostics
    assert (one.rule.code, one.level, one.line) == ("PM000", Level.ERROR, 11)


def test_a_conflict_that_is_shown_as_code_is_none() -> None:
    assert codes(GOOD + "\n```\n" + CONFLICT + "```\n") == []


# -------------------------------------------------------------------------------- levels


@pytest.mark.parametrize(
    ("setting", "level"),
    [
        (Level.ERROR, Level.ERROR),
        ({"sev 1": Level.ERROR}, Level.ERROR),
        ({"P1": Level.ERROR, "default": Level.OFF}, Level.ERROR),
        ({"SEV-2": Level.ERROR}, Level.WARNING),
        ({"SEV-2": Level.ERROR, "default": Level.OFF}, None),
        (Level.OFF, None),
    ],
)
def test_a_level_is_set_by_rule_and_by_severity(setting: object, level: Level | None) -> None:
    settings = Settings(levels={"PM003": setting})  # type: ignore[dict-item]
    found = look(document(ITEM), settings=settings).diagnostics
    assert [one.level for one in found] == ([level] if level else [])


# ------------------------------------------------------------------------------ any text


@given(st.text(st.sampled_from("ab [](){}<>|#*-:!.?\n\t@TBDé—改 0129"), max_size=300))
def test_any_text_is_checked_and_every_line_named_is_one_of_its(text: str) -> None:
    checked = look("## Action items\n\n- [ ] " + text)
    lines = text.count("\n") + 3
    for one in checked.diagnostics:
        assert 1 <= one.line <= one.end_line <= lines
        assert one.text


@given(st.lists(st.sampled_from(DRAFT.split("\n") + GOOD.split("\n")), max_size=30))
def test_a_rule_that_is_off_finds_nothing_and_changes_no_other(lines: list[str]) -> None:
    text = "\n".join(lines)
    whole = look(text).diagnostics
    for rule in RULES:
        settings = Settings(levels={rule.code: Level.OFF})
        assert look(text, settings=settings).diagnostics == tuple(
            one for one in whole if one.rule is not rule
        )
