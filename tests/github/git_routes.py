"""REST paths of git data, contents, branches and commits, and the one GraphQL mutation that commits."""

from base64 import b64decode
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from tests.github.gitdata import MODES, Entry, Git, GitError, Signature
from tests.github.render import Json
from tests.github.routes import Answer, Call, route
from tests.github.state import No, Protection, Role, not_found


def _require_contents(call: Call, role: Role = "read") -> Git:
    call.require(role, "contents", otherwise=not_found() if role == "write" else None)
    return call.repository.git


def _object(call: Call, sha: object, kind: str, field_: str = "sha") -> str:
    """An object's full SHA that exists and is of that kind."""
    if not isinstance(sha, str) or len(sha) != 40 or call.repository.git.kind(sha) != kind:
        raise No(
            422, f"{field_} {sha} is not a valid {kind}" if kind != "commit" else "Object does not exist"
        )
    return sha


@route("GET", "~/git/ref/{ref*}")
def get_ref(call: Call) -> Answer:
    git, name = _require_contents(call), f"refs/{call.parts['ref']}"
    sha = git.refs(name).get(name)
    if sha is None:
        raise not_found()
    return Answer(200, call.show.ref(call.repository, name, sha, git.kind(sha) or "commit"))


@route("GET", "~/git/matching-refs/{ref*}")
def list_matching_refs(call: Call) -> Answer:
    git, prefix = _require_contents(call), f"refs/{call.parts['ref']}"
    found = [(name, sha) for name, sha in git.refs().items() if name.startswith(prefix)]
    return call.page(found, lambda ref: call.show.ref(call.repository, *ref, "commit"))


@route("POST", "~/git/refs")
def create_ref(call: Call) -> Answer:
    git = _require_contents(call, "write")
    name = call.text("ref", required=True) or ""
    if name.count("/") < 2 or not name.startswith("refs/") or not git.is_valid_ref(name):
        raise No(422, f"{name} is not a valid ref name.")
    sha = _object(call, call.body.get("sha"), "commit")
    if name in git.refs(name):
        raise No(422, "Reference already exists")
    _check_protection(call, name)
    try:
        git.set_ref(name, sha)
    except GitError as error:
        raise No(422, f"Reference update failed: {error}") from None
    return Answer(201, call.show.ref(call.repository, name, sha, "commit"))


@route("PATCH", "~/git/refs/{ref*}")
def update_ref(call: Call) -> Answer:
    git, name = _require_contents(call, "write"), f"refs/{call.parts['ref']}"
    old = git.refs(name).get(name)
    if old is None:
        raise No(422, "Reference does not exist")
    sha = _object(call, call.body.get("sha"), "commit")
    if not call.body.get("force") and not git.is_ancestor(old, sha):
        raise No(422, "Update is not a fast forward")
    _check_protection(call, name)
    git.set_ref(name, sha)
    return Answer(200, call.show.ref(call.repository, name, sha, "commit"))


@route("DELETE", "~/git/refs/{ref*}")
def delete_ref(call: Call) -> Answer:
    git, name = _require_contents(call, "write"), f"refs/{call.parts['ref']}"
    if name not in git.refs(name):
        raise No(422, "Reference does not exist")
    _check_protection(call, name)
    call.repository.follow_branches()
    git.delete_ref(name)
    return Answer(204)


def _check_protection(call: Call, ref: str) -> None:
    protection = call.repository.protections.get(ref.removeprefix("refs/heads/"))
    if isinstance(protection, Protection) and call.login not in protection.bypass:
        raise protection.refuse()


@route("GET", "~/git/commits/{sha}")
def get_git_commit(call: Call) -> Answer:
    git, sha = _require_contents(call), call.parts["sha"]
    if git.kind(sha) != "commit":
        raise not_found()
    return Answer(200, call.show.git_commit(call.repository, git.commit(sha)))


@route("POST", "~/git/commits")
def create_git_commit(call: Call) -> Answer:
    git = _require_contents(call, "write")
    message = call.text("message", required=True) or ""
    if git.kind(str(call.body.get("tree"))) != "tree":
        raise No(422, "Tree SHA does not exist")
    parents = call.names("parents") or []
    if any(git.kind(parent) != "commit" for parent in parents):
        raise No(422, "Parent SHA does not exist or is not a commit object")
    author = _signature(call, "author")
    committer = _signature(call, "committer")
    user = call.github.find_user(call.login)
    own = Signature(call.login, user.email if user else "", call.github.clock.now().isoformat())
    # docs, "Signature verification for bots": signed where an App asks and names nobody
    is_signed = call.viewer.is_bot and author is None and committer is None
    web_flow = Signature("GitHub", "noreply@github.com", own.date)
    final = web_flow if is_signed else committer or author or own
    sha = git.make_commit(message, str(call.body["tree"]), parents, author or own, final)
    if is_signed:
        call.repository.verified.add(sha)
    return Answer(201, call.show.git_commit(call.repository, git.commit(sha)))


def _signature(call: Call, name: str) -> Signature | None:
    given = call.body.get(name)
    if not given:
        return None
    if not isinstance(given, dict) or not given.get("name") or not given.get("email"):
        raise No(422, f"Invalid request.\n\n{name} needs a name and an email.")
    return Signature(given["name"], given["email"], given.get("date") or call.github.clock.now().isoformat())


@route("GET", "~/git/trees/{sha*}")
def get_tree(call: Call) -> Answer:
    git, name = _require_contents(call), call.parts["sha"]
    sha = name if git.kind(name) == "tree" else git.resolve(name)
    if sha is None:
        raise not_found()
    entries = git.tree(sha, recursive="recursive" in call.query)
    tree = git.ref(f"{sha}^{{tree}}") or sha
    return Answer(200, call.show.tree(call.repository, tree, entries))


@route("POST", "~/git/trees")
def create_tree(call: Call) -> Answer:
    git = _require_contents(call, "write")
    base = call.body.get("base_tree")
    if base is not None and git.kind(str(base)) not in {"tree", "commit"}:
        raise No(422, "base_tree is not a valid tree oid")
    given = call.body.get("tree")
    if not isinstance(given, list) or not given:
        raise No(422, "Invalid tree info")
    entries = [_new_entry(git, each) for each in given]
    try:
        sha = git.make_tree(base, entries)
    except GitError as error:
        raise No(422, f"tree.path contains a malformed path component: {error}") from None
    return Answer(201, call.show.tree(call.repository, sha, git.tree(sha)))


def _new_entry(git: Git, given: dict[str, Any]) -> Entry:
    path, mode = given.get("path"), given.get("mode")
    if (
        not isinstance(path, str)
        or not path
        or any(part in {"", ".", "..", ".git"} for part in path.split("/"))
    ):
        raise No(422, "tree.path contains a malformed path component")
    if mode not in MODES:
        raise No(422, "tree.mode is invalid: must be 100644, 100755, 040000, 160000 or 120000")
    if "content" in given and given.get("sha") is None and given["content"] is not None:
        return Entry(path, mode, "blob", git.make_blob(str(given["content"]).encode()))
    sha, kind = given.get("sha"), MODES[mode]
    if sha is not None and kind != "commit" and git.kind(str(sha)) != kind:
        raise No(422, f"tree.sha {sha} is not a valid {kind}")
    return Entry(path, mode, kind if sha else "blob", sha)


@route("GET", "~/git/blobs/{sha}")
def get_blob(call: Call) -> Answer:
    git, sha = _require_contents(call), call.parts["sha"]
    if git.kind(sha) != "blob":
        raise not_found()
    return Answer(200, call.show.blob(call.repository, sha, git.blob(sha)))


@route("POST", "~/git/blobs")
def create_blob(call: Call) -> Answer:
    git = _require_contents(call, "write")
    content = call.text("content", required=True) or ""
    raw = b64decode(content) if call.body.get("encoding") == "base64" else content.encode()
    sha = git.make_blob(raw)
    url = f"{call.show.repository_url(call.repository)}/git/blobs/{sha}"
    return Answer(201, {"sha": sha, "url": url}, {"Location": url})


# -------------------------------------------------------------------- contents, branches


def _revision(call: Call, name: str | None) -> str:
    sha = call.repository.git.resolve(name or call.repository.default_branch)
    if sha is None:
        raise No(404, f"No commit found for the ref {name}" if name else "This repository is empty.")
    return sha


@route("GET", "~/contents/?")
@route("GET", "~/contents/{path*}")
def get_contents(call: Call) -> Answer:
    git = _require_contents(call)
    ref = call.query.get("ref") or call.repository.default_branch
    sha, path = _revision(call, call.query.get("ref")), call.parts.get("path", "").strip("/")
    entry = git.find(sha, path) if path else Entry("", "040000", "tree", sha)
    if entry is None or entry.sha is None:
        raise not_found()
    if entry.kind == "tree":
        prefix = f"{path}/" if path else ""
        children = [
            Entry(prefix + each.path, each.mode, each.kind, each.sha, each.size)
            for each in git.tree(entry.sha)
        ]
        return Answer(200, [call.show.content(call.repository, each, ref) for each in children])
    if entry.kind == "commit":
        return Answer(200, call.show.content(call.repository, entry, ref))
    content = git.blob(entry.sha)
    if "raw" in call.accept:
        return Answer(200, content, {"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    return Answer(200, call.show.content(call.repository, entry, ref, content))


@route("GET", "~/branches")
def list_branches(call: Call) -> Answer:
    heads = _require_contents(call).refs("refs/heads/")
    names = [(name.removeprefix("refs/heads/"), sha) for name, sha in heads.items()]
    return call.page(names, lambda branch: _short_branch(call, *branch))


def _short_branch(call: Call, name: str, sha: str) -> Json:
    url = f"{call.show.repository_url(call.repository)}/commits/{sha}"
    return {
        "name": name,
        "commit": {"sha": sha, "url": url},
        "protected": name in call.repository.protections,
    }


@route("GET", "~/branches/{name*}")
def get_branch(call: Call) -> Answer:
    git, name = _require_contents(call), call.parts["name"]
    sha = git.head(name)
    if sha is None:
        raise No(404, "Branch not found")
    base = f"{call.show.repository_url(call.repository)}/branches/{quote(name)}"
    body = _short_branch(call, name, sha) | {
        "commit": call.show.commit(call.repository, git.commit(sha)),
        "_links": {"self": base, "html": f"{call.github.html}/{call.repository.full_name}/tree/{name}"},
        "protection": {"enabled": name in call.repository.protections},
        "protection_url": f"{base}/protection",
    }
    return Answer(200, body)


@route("GET", "~/commits")
def list_commits(call: Call) -> Answer:
    git = _require_contents(call)
    found = git.log(_revision(call, call.query.get("sha")), path=call.query.get("path"))
    return call.page(found, lambda sha: call.show.commit(call.repository, git.commit(sha)))


@route("GET", "~/commits/{ref*}")
def get_commit(call: Call) -> Answer:
    git = _require_contents(call)
    sha = git.resolve(call.parts["ref"])
    if sha is None:
        raise No(422, f"No commit found for SHA: {call.parts['ref']}")
    commit = git.commit(sha)
    old = commit.parents[0] if commit.parents else git.make_tree(None, [])
    files = _changed_files(call, old, sha)
    return Answer(
        200, call.show.commit(call.repository, commit) | {"files": files, "stats": sum_changes(files)}
    )


def _changed_files(call: Call, old: str, new: str) -> list[Json]:
    files = call.repository.git.changed_files(old, new)
    return [call.show.changed_file(call.repository, new, each) for each in files]


def sum_changes(files: Iterable[dict[str, Any]]) -> Json:
    files = list(files)
    added, deleted = sum(each["additions"] for each in files), sum(each["deletions"] for each in files)
    return {"additions": added, "deletions": deleted, "total": added + deleted}


@route("GET", "~/compare/{spec*}")
def compare(call: Call) -> Answer:
    git = _require_contents(call)
    one, dots, other = call.parts["spec"].partition("...")
    base, head = git.resolve(one.split(":")[-1]), git.resolve(other.split(":")[-1])
    if not dots or base is None or head is None:
        raise not_found()
    parted = git.merge_base(base, head)
    if parted is None:
        raise No(404, f"No common ancestor between {one} and {other}.")
    ahead, behind = git.log(f"{base}..{head}"), git.log(f"{head}..{base}")
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}.get(
        (bool(ahead), bool(behind)), "identical"
    )
    url = f"{call.show.repository_url(call.repository)}/compare/{one}...{other}"
    page = f"{call.github.html}/{call.repository.full_name}/compare/{one}...{other}"
    body: Json = {
        "url": url,
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": call.show.commit(call.repository, git.commit(base)),
        "merge_base_commit": call.show.commit(call.repository, git.commit(parted)),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [call.show.commit(call.repository, git.commit(sha)) for sha in reversed(ahead)],
        "files": _changed_files(call, parted, head),
    }
    return Answer(200, body)


# ------------------------------------------------------------------------------- GraphQL


@route("POST", "/graphql")
def graphql(call: Call) -> Answer:
    """Knows the one mutation `createCommitOnBranch`, its input given as a variable."""
    call.require_authentication()
    query = call.text("query", required=True) or ""
    variables = call.body.get("variables") or {}
    given = next((each for each in variables.values() if isinstance(each, dict) and "branch" in each), None)
    if "createCommitOnBranch" not in query or given is None:
        return Answer(200, {"errors": [{"message": "This server only knows createCommitOnBranch."}]})
    try:
        return Answer(200, {"data": {"createCommitOnBranch": _create_commit_on_branch(call, given)}})
    except No as no:
        kind = {404: "NOT_FOUND", 403: "FORBIDDEN", 409: "STALE_DATA"}.get(no.status, "UNPROCESSABLE")
        error = {"type": kind, "path": ["createCommitOnBranch"], "message": no.body["message"]}
        return Answer(200, {"data": {"createCommitOnBranch": None}, "errors": [error]})


def _create_commit_on_branch(call: Call, given: dict[str, Any]) -> Json:
    try:
        call.place = call.github.repository(given["branch"]["repositoryNameWithOwner"])
    except KeyError:
        raise No(404, "Could not resolve to a Repository.") from None
    call.require("write", "contents")
    git, branch = call.repository.git, given["branch"]["branchName"].removeprefix("refs/heads/")
    head = git.head(branch)
    if head is None:
        raise No(404, f"Branch {branch} does not exist.")
    if given.get("expectedHeadOid") != head:
        expected = f'Expected branch to point to "{given.get("expectedHeadOid")}" but it did not.'
        raise No(409, f"{expected} Pull and try again.")
    _check_protection(call, f"refs/heads/{branch}")
    changes = given.get("fileChanges") or {}
    entries = [Entry(each["path"], "100644", "blob", None) for each in changes.get("deletions") or []]
    for each in changes.get("additions") or []:
        # The mode is not the client's to say: an existing file keeps its own, a new one is plain.
        old = git.find(head, each["path"])
        blob = git.make_blob(b64decode(each["contents"]))
        entries.append(Entry(each["path"], old.mode if old else "100644", "blob", blob))
    tree = git.make_tree(head, entries)
    message = "\n\n".join(filter(None, (given["message"]["headline"], given["message"].get("body"))))
    user, now = call.github.find_user(call.login), call.github.clock.now().isoformat()
    author = Signature(call.login, user.email if user else "", now)
    sha = git.make_commit(message, tree, [head], author, Signature("GitHub", "noreply@github.com", now))
    call.repository.verified.add(sha)
    git.set_ref(f"refs/heads/{branch}", sha)
    page = f"{call.github.html}/{call.repository.full_name}/commit/{sha}"
    return {"commit": {"oid": sha, "url": page}, "ref": {"name": branch}}
