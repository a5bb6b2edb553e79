"""What opens an entry: a bullet that Markdown makes none of, a box."""

import re

LINE_BULLET = re.compile(
    r"(?:&nbsp;|\s)*(?:[•●▪◦‣⁃∙·・･○■□➢➤➔→►▶❖✦–—]"
    r"|(?!\*\S[^*\n]{0,80}\*(?!\*))[-+*](?=[\s\[“\"`]|[^\W\d_])(?!.*\*\s*\Z)"
    r"|\(?(?:\d{1,3}[°º]?[.)]|[a-hA-H]\)|[a-h]\.|#\.|(?:i{1,3}|iv|vi{0,3}|ix)[.)])(?=&nbsp;|\s)"
    r"|\[\d{1,3}\](?=\s)|（\d{1,2}）|(?=\[[ xX]\]\s+\S)|[①-⑳]|\d\ufe0f?\u20e3"
    r"|(?=[✅☑⬜◻☐🔲❌⏳🔄🚧🔜]))(?:&nbsp;|\s)*"
    r"(?P<box>\[[ xX]?\](?![(\[])\s*)?"
)
"""What opens an entry that Markdown takes for a line of a paragraph: `•`, `-Text`, `2.` after text."""

BOX = re.compile(r"\[(?P<mark>[ xX]?)\](?![(\[:])[ \t]*")
"""A checkbox at the start of an entry."""
