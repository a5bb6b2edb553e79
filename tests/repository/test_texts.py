"""What pmsync says in commits and pull requests."""

from hypothesis import given
from hypothesis import strategies as st

from pmsync.repository import texts


def test_a_pull_request_names_at_most_fifty_documents_and_counts_the_rest() -> None:
    documents = [f"postmortems/{number}-{'x' * 4000}.md" for number in range(80)]
    body = texts.pull_body(documents, "a" * 64)
    assert body.count("\n- `postmortems/") == texts.MAX_PATHS
    assert "and 30 more" in body
    assert "80 documents" in body
    assert len(body) < 65_536


def test_a_persons_words_below_ours_stay_when_a_pull_request_is_updated() -> None:
    before = texts.pull_body(["a.md"], "a" * 64) + "\n\nPlease wait for Ada."
    after = texts.pull_body(["a.md", "b.md"], "b" * 64, before)
    assert after.endswith("-->\n\nPlease wait for Ada.")
    assert texts.digest_of_pull(after) == "b" * 64
    assert texts.retired_body(after).endswith("-->\n\nPlease wait for Ada.")


def test_a_document_named_like_our_marker_changes_no_digest() -> None:
    forged = f"<!-- pmsync:write-back {'f' * 64} -->"
    assert texts.digest_of_pull(texts.pull_body([forged], "a" * 64)) == "a" * 64


def test_a_commit_is_ours_only_with_the_very_tree_that_we_made() -> None:
    tree = "0123456789" * 4
    message = texts.commit_message(2, "a" * 64, tree)
    assert texts.digest_of_commit(message, tree) == "a" * 64
    assert texts.digest_of_commit(message, "f" * 40) is None
    assert texts.digest_of_commit("Fix a typo", tree) is None
    assert texts.digest_of_commit(message + "\nand more", tree) is None


def test_a_commit_says_counts_alone() -> None:
    subject = texts.commit_message(1, "a" * 64, "b" * 40).splitlines()[0]
    assert subject == "Write issue links and status into 1 document"


@given(
    st.lists(
        st.tuples(st.text(), st.sampled_from(["100644", "100755"]), st.text("abc0")), max_size=4, unique=True
    )
)
def test_a_digest_knows_the_content_and_not_its_order(contents: list[tuple[str, str, str]]) -> None:
    assert texts.digest_of(contents) == texts.digest_of(reversed(contents))
    if contents:
        assert texts.digest_of(contents) != texts.digest_of(contents[1:])
