"""The annotation's grammar: what is written is narrow, what is understood is wide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmsync.annotation import destination, find_annotations, render, rewritten, without
from pmsync.model import Annotation, IssueRef, Status

SHOP = "https://github.com/acme/shop/issues/12"
REF = IssueRef("acme/shop", 12)


def find(text: str, *, cell: bool = False) -> tuple[Annotation, ...]:
    return find_annotations(text, 0, len(text), cell=cell)


def only(text: str, *, cell: bool = False) -> Annotation:
    (annotation,) = find(text, cell=cell)
    return annotation


# ------------------------------------------------------------------------------- forms


@pytest.mark.parametrize(
    ("text", "ref", "status"),
    [
        (f"Fix it ([#12]({SHOP}): open)", REF, Status.OPEN),
        (f"Fix it ([acme/shop#12]({SHOP}): done)", REF, Status.DONE),
        (
            "Fix it ([#7](https://github.com/acme/api/pull/7): won't do)",
            IssueRef("acme/api", 7),
            Status.WONT_DO,
        ),
        (
            "([#7](https://git.example.org:8443/hub/a_b/c.d-e/issues/7): duplicate)",
            IssueRef("a_b/c.d-e", 7),
            Status.DUPLICATE,
        ),
        ("Fix it ([#3](../../.pmsync/issues/3.md): missing)", IssueRef("", 3), Status.MISSING),
        ("Fix it ([#3](.pmsync/issues/3.md): open)", IssueRef("", 3), Status.OPEN),
    ],
)
def test_every_form_names_its_issue_and_status(text: str, ref: IssueRef, status: Status) -> None:
    annotation = only(text)
    assert (annotation.ref, annotation.status) == (ref, status)


@pytest.mark.parametrize(
    "said", ["won’t do", "Won't Do", "WON'T  DO", "wonʼt do", "won't\n    do", "won't\r\n> do"]
)
def test_a_status_word_is_understood_however_it_is_typed_or_wrapped(said: str) -> None:
    assert only(f"Fix it ([#12]({SHOP}): {said})").status is Status.WONT_DO


@pytest.mark.parametrize(
    "said", ["", ":", ": ", ": closed", ": in progress", ": erledigt", ": ópen", ": open?"]
)
def test_a_link_with_no_word_or_an_unknown_one_is_still_the_identity(said: str) -> None:
    annotation = only(f"Fix it ([#12]({SHOP}){said})")
    assert (annotation.ref, annotation.status) == (REF, None)


@pytest.mark.parametrize("between", [":open", " : open", ":\topen", ":\nopen", ":\r\n  > open", ": open "])
def test_blanks_and_a_line_break_within_are_understood(between: str) -> None:
    assert only(f"Fix it ([#12]({SHOP}){between})").status is Status.OPEN


@pytest.mark.parametrize(
    "text",
    [
        "Fix it ([#11](https://github.com/acme/shop/issues/12): open)",
        "Fix it ([#1](https://github.com/acme/shop/issues/12): open)",
        "Fix it ([#012](https://github.com/acme/shop/issues/012): open)",
        "Fix it ([#12](https://github.com/acme/shop/issues/12#issuecomment-9): open)",
        "Fix it ([#12](https://github.com/shop/issues/12): open)",
        "Fix it ([#12](https://github.com/acme/shop/discussions/12): open)",
        "Fix it ([#12](ftp://github.com/acme/shop/issues/12): open)",
        "Fix it ([the issue](https://github.com/acme/shop/issues/12): open)",
        "Fix it ([#3](https://github.com/acme/shop/blob/main/.pmsync/issues/3.md): open)",
        f"Fix it [#12]({SHOP}): open",
        f"Fix it (see [#12]({SHOP}))",
        f"Fix it ([#12]({SHOP}) and others)",
        f"Fix it ([#12]({SHOP}): which tells the whole story of that unhappy night)",
        f"Fix it ([#12]({SHOP}):\n\nopen)",
        f"Fix it ([#12]({SHOP}): open",
        "Fix it (#12: open)",
    ],
)
def test_what_an_author_writes_otherwise_is_no_annotation(text: str) -> None:
    assert find(text) == ()


def test_the_bare_form_counts_in_a_cell_only() -> None:
    assert only(f" [#12]({SHOP}): done ", cell=True).status is Status.DONE
    assert only(f" [#12]({SHOP})", cell=True).status is None
    assert only(f" see [#12]({SHOP}): done, at last ", cell=True).status is Status.DONE
    assert find(f" see [#12]({SHOP}) ", cell=True) == ()
    assert find(f"[#12]({SHOP}): done") == ()


def test_only_the_span_is_looked_at() -> None:
    text = f"a ([#12]({SHOP}): open) b ([#12]({SHOP}): done)"
    middle = text.index(" b ")
    assert [each.status for each in find_annotations(text, 0, middle)] == [Status.OPEN]
    assert [each.status for each in find_annotations(text, middle, len(text))] == [Status.DONE]
    assert find_annotations(text, 0, middle - 1) == ()


# ------------------------------------------------------------------------------- spans


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (f"Fix it ([#12]({SHOP}): open)", "Fix it"),
        (f"Fix it  ([#12]({SHOP}): open)  ", "Fix it   "),
        (f"Fix it([#12]({SHOP}): open)", "Fix it"),
        (f"Fix it ([#12]({SHOP}): open), soon", "Fix it, soon"),
        (f"Fix it ([#12]({SHOP}): open) and it ([#12]({SHOP}): done).", "Fix it and it."),
        (f"Fix it\n  ([#12]({SHOP}): open)", "Fix it"),
        (f"Fix it\r\n> > ([#12]({SHOP}): open)\r\n> > soon", "Fix it\r\n> > soon"),
        (f"([#12]({SHOP}): open)", ""),
        (f"if x > ([#12]({SHOP}): open)", "if x >"),
    ],
)
def test_cutting_it_out_takes_its_separating_blank_along(text: str, rest: str) -> None:
    assert without(text, 0, len(text)) == rest


def test_nothing_before_the_span_becomes_part_of_it() -> None:
    text = f"- ([#12]({SHOP}): open)"
    assert [each.start for each in find_annotations(text, 2, len(text))] == [2]


def test_a_cell_that_holds_nothing_else_is_left_with_its_padding() -> None:
    text = f" [#12]({SHOP}): open  "
    assert without(text, 0, len(text), cell=True) == "  "


# ----------------------------------------------------------------------------- writing


def test_an_issue_of_another_repository_shows_with_its_name() -> None:
    api = IssueRef("acme/api", 7)
    url = "https://github.com/acme/api/issues/7"
    assert render(api, url, Status.OPEN, documents_repository="acme/shop") == f"([acme/api#7]({url}): open)"
    assert render(api, url, Status.OPEN, documents_repository="ACME/API") == f"([#7]({url}): open)"
    assert (
        render(REF, SHOP, Status.DONE, documents_repository="acme/shop", bare=True) == f"[#12]({SHOP}): done"
    )


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("a.md", ".pmsync/issues/3.md"),
        ("postmortems/a.md", "../.pmsync/issues/3.md"),
        ("postmortems/2026/a.md", "../../.pmsync/issues/3.md"),
    ],
)
def test_a_local_issue_is_linked_from_the_documents_folder(document: str, path: str) -> None:
    assert destination(".pmsync/issues/3.md", document) == path
    text = "x " + render(IssueRef("", 3), path, Status.OPEN, documents_repository="acme/shop")
    assert only(text).ref == IssueRef("", 3)


def test_an_address_cannot_end_the_link_or_a_cell() -> None:
    assert destination("https://host/a|b)/issues/1", "a.md") == "https://host/a%7Cb%29/issues/1"


def change(
    text: str, *, cell: bool = False, ref: IssueRef = REF, url: str = SHOP, status: Status = Status.DONE
) -> str:
    annotation = only(text, cell=cell)
    new = rewritten(text, annotation, ref=ref, url=url, status=status, documents_repository="acme/shop")
    return text[: annotation.start] + new + text[annotation.end :]


def test_rewriting_keeps_the_form_the_lead_and_a_remark() -> None:
    assert change(f"a  ([#12]({SHOP}): open) b") == f"a  ([#12]({SHOP}): done) b"
    assert change(f"a\n  ([#12]({SHOP})) b") == f"a\n  ([#12]({SHOP}): done) b"
    assert change(f"a ([#12]({SHOP}): open, waiting for Bob )") == f"a ([#12]({SHOP}): done, waiting for Bob)"
    assert change(f"a ([#12]({SHOP}): closed - see notes)") == f"a ([#12]({SHOP}): done - see notes)"
    assert change(f" [#12]({SHOP}): nope  ", cell=True) == f" [#12]({SHOP}): done  "
    assert change(f"see [#12]({SHOP}): open now", cell=True) == f"see [#12]({SHOP}): done now"


def test_a_transferred_issue_gets_its_new_address() -> None:
    api = "https://github.com/acme/api/issues/7"
    text = change(f"a ([#12]({SHOP}): open)", ref=IssueRef("acme/api", 7), url=api, status=Status.OPEN)
    assert text == f"a ([acme/api#7]({api}): open)"


@pytest.mark.parametrize(
    "text",
    [
        f"a ([#12]({SHOP}): done)",
        f"a ([#12]({SHOP}):Done)",
        f"a ([#12]({SHOP}):\n  done, at last)",
        "a ([#12](https://github.com/Acme/Shop/pull/12): done)",
    ],
)
def test_what_says_the_same_already_is_left_as_it_is(text: str) -> None:
    assert change(text) == text


def test_a_document_that_moved_gets_the_new_path() -> None:
    text = "a ([#3](../.pmsync/issues/3.md): open)"
    new = change(text, ref=IssueRef("", 3), url=".pmsync/issues/3.md", status=Status.OPEN)
    assert new == "a ([#3](.pmsync/issues/3.md): open)"


# --------------------------------------------------------------------------- universal

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}/[A-Za-z0-9_.-]{1,20}", fullmatch=True)
refs = st.builds(IssueRef, names | st.just(""), st.integers(1, 10**9))
surroundings = st.text(st.characters(exclude_characters="()[]"), max_size=30)


@given(refs, st.sampled_from(Status), surroundings, surroundings, st.booleans())
def test_what_is_written_is_found_again_and_cut_out_without_a_trace(
    ref: IssueRef, status: Status, before: str, after: str, bare: bool
) -> None:
    url = (
        f"https://github.com/{ref.repository}/issues/{ref.number}"
        if ref.repository
        else f"../.pmsync/issues/{ref.number}.md"
    )
    written = render(ref, url, status, documents_repository="acme/shop", bare=bare)
    if bare:
        before = after = ""
    before = before.rstrip(" \t>\r\n")
    text = f"{before} {written}{after}"
    (found,) = find_annotations(text, 0, len(text), cell=bare)
    assert (found.ref, found.status, found.url) == (ref, status, url)
    assert text[: found.start] + text[found.end :] == before + after
    again = rewritten(text, found, ref=ref, url=url, status=status, documents_repository="acme/shop")
    assert again == text[found.start : found.end]


pieces = st.sampled_from([*"([#1](:/. ) o\n\r\t>|`-,", f"([#12]({SHOP}): open)", f"[#12]({SHOP})", "won't"])


@given(st.lists(pieces, max_size=40).map("".join), st.booleans())
def test_in_any_text_the_spans_follow_each_other_and_lie_within(text: str, cell: bool) -> None:
    found = find(text, cell=cell)
    assert len(found) >= (0 if cell else text.count(f"([#12]({SHOP}): open)"))
    at = 0
    for each in found:
        assert at <= each.start < each.end <= len(text)
        at = each.end


@pytest.mark.parametrize(
    "hostile", ["([", "([#1](", "([a/b#1](https://", "(" * 9 + " ", "([#1](../", ": , ", "\n> "]
)
def test_hostile_text_is_searched_in_steps_that_do_not_multiply(hostile: str) -> None:
    text = hostile * (200_000 // len(hostile))
    assert find(text) == find(text, cell=True) == ()
