"""The documents' repository on GitHub: what pmsync commits, proposes and says there.

    blobs at the branch's head → rewrite → one commit → the branch, or else one pull request
    a plan, as Markdown        → one comment, kept in place

Decisions are made from what the repository itself holds, never from a work tree; requests go through
a connection that is passed in. `write_back` is the way in; `comment.stick` keeps a pull request's comment.
"""
