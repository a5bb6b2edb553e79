"""Texts that a reader could stumble over, each the maker of a text of about a size."""

from collections.abc import Callable


def repeated(piece: str, head: str = "") -> Callable[[int], str]:
    """Returns the maker of a text that repeats `piece` up to a size."""
    return lambda size: head + piece * (size // len(piece))


HEAD = "## Action items\n\n"
ANNOTATED = "- Fix it ([#1](https://github.com/o/r/issues/1): open)\n"
HOSTILE: dict[str, Callable[[int], str]] = {
    "open brackets": repeated("[", HEAD),
    "open parentheses": repeated("(", HEAD + "- Add "),
    "fields at the end": repeated(" – Ada – 2026-03-01", HEAD + "- Add it"),
    "bracket pairs": repeated("[](", HEAD),
    "image openers": repeated("![", HEAD + "- "),
    "list marks": repeated("- ", HEAD),
    "numbered marks": repeated("1. ", HEAD),
    "pipes": repeated("|", HEAD + "|a|\n|-|\n"),
    "rows": repeated("| Fix it | me | open |\n", HEAD + "| Action | Owner | Status |\n|---|---|---|\n"),
    "rows of persons": lambda size: (
        HEAD
        + "| Action | Owner |\n|---|---|\n"
        + "".join(f"| Mara{i}: fix it | Mara{i} Lind{i} |\n" for i in range(size // 40))
    ),
    "HTML rows": repeated("<tr><td>Fix it</td><td>Ada</td></tr>\n", HEAD + "<table>\n"),
    "headings of persons": repeated("## Responders\n\nAda, Ben\n\n", HEAD + "- Fix it\n\n"),
    "short names": lambda size: HEAD + "".join(f"- Fix it\n  K{i % 9}: Ada\n" for i in range(size // 20)),
    "names first": repeated("[Ada](/a) & ", HEAD + "- "),
    "parts": repeated(" – Ada, next week, P1", HEAD + "- Add it"),
    "narrow tables": repeated("|Task|\n|-|\n|Fix|\n\n", HEAD),
    "quotes": repeated("> ", HEAD),
    "quoted lines": repeated("> - Fix it\n", HEAD),
    "emphasis": repeated("*", HEAD + "- "),
    "emphasised": repeated("**a ", HEAD + "- "),
    "underscores": repeated("_", HEAD + "- a"),
    "backticks": repeated("`", HEAD + "- "),
    "code spans": repeated("` `` ", HEAD + "- "),
    "tildes": repeated("~~a", HEAD + "- "),
    "comments": repeated("<!-- ", HEAD + "- a "),
    "comment blocks": repeated("<!-- pmsync: items -->\n", HEAD),
    "tags": repeated("<a ", HEAD + "- "),
    "list tags": repeated("<li>", HEAD),
    "headings": repeated("## Tasks\n", ""),
    "nested headings": repeated("# Action items\n## Tasks\n### Fix\n", ""),
    "labels": repeated("Tasks:\n", ""),
    "bold labels": repeated("**Tasks:**\n\n", ""),
    "label pairs": repeated("Action items:\n\nTimeline:\n\n", ""),
    "items": repeated("- Fix it\n", HEAD),
    "lists not indented": repeated("1. Fix:\n- it\n", HEAD),
    "loose items": repeated("- Fix it\n\n", HEAD),
    "boxes": repeated("- [ ] Fix it\n", HEAD),
    "annotated items": repeated(ANNOTATED, HEAD),
    "annotated elsewhere": repeated(ANNOTATED, "## Timeline\n\n"),
    "nested lists": lambda size: (
        HEAD + "\n".join(" " * (2 * (i % 80)) + "- Fix it" for i in range(size // 90))
    ),
    "nested categories": lambda size: (
        HEAD + "\n".join(" " * (2 * (i % 80)) + "- Monitoring:" for i in range(size // 90))
    ),
    "general beside tasks": repeated("## Tasks\n- Fix it\n## Prevention\n- Try it\n"),
    "quoted detail": lambda size: HEAD + "- Fix it\n  " + ">" * size,
    "numbered stubs": lambda size: HEAD + "".join(f"- Item {i}\n" for i in range(size // 10)),
    "lines": repeated("Fix it\n", "Tasks:\n"),
    "paragraphs": repeated("Fix it\n\n", HEAD),
    "bullets": repeated("• Fix it\n", HEAD),
    "blanks": repeated(" ", HEAD + "- a"),
    "blank lines": repeated("\n", HEAD + "- a"),
    "blanks in a cell": lambda size: HEAD + "|Task|\n|-|\n|a" + " " * size + "|\n",
    "blanks in a detail": lambda size: HEAD + "- a\n  - b" + " " * size + "c\n",
    "fields": repeated("owner: ", HEAD + "- a "),
    "handles": repeated("@a ", HEAD + "- a "),
    "open rows": repeated("<tr><td>a", HEAD + "<table>"),
    "open cells": repeated("<td>", HEAD + "<table><tr>"),
    "topics": repeated("- Kafka\n  - add a (Ada)\n", HEAD),
    "topics over sentences": repeated("- Kafka\n  - it holds far more than it can send again\n", HEAD),
    "lettered lines": repeated("  a. b\n", HEAD + "- x\n"),
    "bullets of two kinds": repeated("• a\n  ◦ b\n", HEAD),
    "hash tags": repeated(" #db", HEAD + "- Add it (Ada, 2026-03-01)"),
    "mentions": repeated("@Éa B. ", HEAD + "- a "),
    "roles": repeated("Ada (b), ", HEAD + "- Owner: "),
    "remarks": repeated("(Ada, b) ", HEAD + "- a "),
    "done below": repeated("  - Done 3 Mar\n", HEAD + "- a\n"),
    "done in a line": repeated("due: done, ", HEAD + "- a\n  - "),
    "bold fields": repeated("**Owner: Ada** b\n\n", HEAD),
    "arrows": repeated("Ada → b\n", HEAD),
    "numbered paragraphs": repeated("5.1 Fix it\nnow.\n\n", HEAD),
    "numbers alone": lambda size: "".join(f"{number % 99}. Fix\n\nit\n\n" for number in range(size // 12)),
    "terms with definitions": repeated("Term\n: text\n\n", HEAD),
    "labels over lists": repeated("Label one\n\n- a\n\n", "## To do\n\n"),
    "bare lines over lists": repeated("Team\n\n- a\n\n", HEAD),
    "lists that assign": repeated("## Word\n\n- Fix it (Ada, by 2026-01-01)\n- b – Ben\n\n", ""),
    "tables in HTML": repeated("<table><tr><th>task</th><th>who</th></tr></table>\n\n", ""),
    "prose under headings": repeated("### Fix it\n\nNow. Ada, by 2026-03-01.\n\n", HEAD),
    "keys": repeated("AB-1 #2 ", HEAD + "- a "),
    "addresses": repeated("https://github.com/o/r/issues/1 ", HEAD + "- a "),
    "references": repeated("[a][b] ", "[b]: https://x.y/z\n\n" + HEAD + "- "),
    "definitions": lambda size: (
        "".join(f"[r{i}]: https://x.y/issues/{i}\n" for i in range(size // 30)) + HEAD + "- [r1]"
    ),
    "colons": repeated("a: ", HEAD + "- "),
    "sentences": repeated("Fix it. ", HEAD + "- "),
    "braces": repeated("{{ ", HEAD + "- "),
    "escapes": repeated("\\", HEAD + "- a"),
    "entities": repeated("&nbsp;", HEAD + "- "),
    "mojibake": repeated("â€™Ã© ", HEAD + "- "),
    "carriage returns": repeated("- Fix it\r", HEAD),
    "front matter": lambda size: "---\n" + "a: b\n" * (min(size, 60_000) // 5) + "---\n",
    "topics over prose": repeated("### Topic\n\nWords.\n\n", HEAD),
    "labels beside one another": repeated(
        "**Label**\n\n- Ada fixed it, by 2026-05-01\n- Ben\n\n", "# T\n\n## What else\n\n"
    ),
    "headings of a wiki": repeated("== Head ==\n* a\n", "= T =\n"),
    "people as links": repeated("- [Ada B](https://w.example/~ada) do it\n", HEAD),
    "open front matter": repeated("a: b\n", "---\n"),
}  # fmt: skip

MARKS = """
* ** *** _ __ ~ ~~ ` `` ``` # - + = > | [ ] ( ) { } < ! \\ & : ; , . ? @ $ ^ / [x] [a]( ![ ]( [a][b] <a
</a> <b> <!-- --> <br> <li> <p> &nbsp; https:// http://a.b/ @a: a/b#1 AB-1 A-A- 2026- 12:30 P1 (done)
• ✅ — … 。 ：
""".split()  # noqa: SIM905 — marks to read, not a list to look at
"""What Markdown, trackers and dates are written with."""

PLACES = {
    "entry": "## Action items\n\n- {}\n",
    "title": "# {}\n\n## Action items\n\n- Fix it\n",
    "heading": "## {}\n\n- Fix it\n",
    "bold lead": "## Action items\n\n- **{}** fix it\n",
    "label": "**{}**\n\n- Fix it\n",
    "column": "## Action items\n\n| Action | {} |\n|---|---|\n| Fix it | x |\n",
    "cell": "## Action items\n\n| Action | Owner |\n|---|---|\n| {} | x |\n",
    "line": "Tasks:\n{}\nFix it\n",
}
"""Where a piece of text is looked at closely."""
