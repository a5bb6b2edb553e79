"""The documents' repository on GitHub: what pmsync commits, proposes and says there.

    blobs at the branch's head → rewrite → one commit → the branch, or else one pull request
    a plan, as Markdown        → one comment, kept in place

Decisions are made from what the repository itself holds, never from a work tree; requests go through
a connection that is passed in. `write_back` is the way in; `stick` keeps a pull request's comment.
"""

from pmsync.repository.api import Answer, Api, blob_id, find_home, take, take_list
from pmsync.repository.comment import stick
from pmsync.repository.texts import as_code
from pmsync.repository.write_back import BRANCH, Mode, Rewrite, Written, write_back

__all__ = [
    "BRANCH",
    "Answer",
    "Api",
    "Mode",
    "Rewrite",
    "Written",
    "as_code",
    "blob_id",
    "find_home",
    "stick",
    "take",
    "take_list",
    "write_back",
]
