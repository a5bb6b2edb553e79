"""The command line: commands, streams and exit codes.

The result of a command goes to standard output, or to `--output`, and nothing else does. What a command
needs is imported when it runs, so that `--help` costs next to nothing.
"""

import functools
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import chdir, contextmanager, nullcontext
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pmsync import __version__
from pmsync.errors import Interrupted, PmsyncError, UsageError
from pmsync.interruption import Interruption

if TYPE_CHECKING:
    from pmsync.init import Copy
    from pmsync.model import Notice, Plan
    from pmsync.reports.follow_ups import StatusReport
    from pmsync.reports.selection import Failure
    from pmsync.session import Session
    from pmsync.sync import Done

F = TypeVar("F", bound=Callable[..., Any])

FAILED = 1
CHANGES = 3

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Commands(click.Group):
    """The one place that turns errors into a sentence and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().main(*args, **kwargs)
        except PmsyncError as error:
            _tell(f"pmsync: {error}")
            sys.exit(error.exit_code)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command; where there is none, none is suggested that nobody is to know."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = getattr(error, "possibilities", None) or ()
            vars(error)["possibilities"] = [name for name in near if not self.commands[name].hidden]
            raise

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted("interrupted") from None


@dataclass(frozen=True, kw_only=True)
class _Options:
    """What all commands have in common."""

    config: Path | None
    tracker: str | None
    repo: str | None
    format: str
    output: Path | None
    verbose: bool
    quiet: bool

    def open(self, progress: "_Progress | None" = None) -> "Session":
        """Opens the repository at hand."""
        from pmsync.session import open_session

        session = open_session(
            environ=os.environ,
            base=Path.cwd(),
            config_path=self.config,
            tracker=self.tracker,
            repository=self.repo,
        )
        return replace(
            session,
            say=session.say if self.quiet else progress.tell if progress else _tell,
            on_request=_tell_request if self.verbose else session.on_request,
            on_progress=progress or session.on_progress,
            interruption=_interruption(),
        )

    @contextmanager
    def progress(self) -> "Iterator[_Progress | None]":
        """Shows progress on a terminal; nowhere else."""
        if self.quiet or self.verbose or not sys.stderr.isatty():
            yield None
            return
        with _Progress() as progress:
            yield progress

    @property
    def is_shown(self) -> bool:
        """Whether the result is for people, who see it at once: what it says needs no saying beside it."""
        return self.format != "json" and self.output is None

    def style(self) -> dict[str, Any]:
        """How a renderer should write: colour and width only for a terminal."""
        terminal = self.output is None and sys.stdout.isatty()
        color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return {"color": color, "width": shutil.get_terminal_size().columns if terminal else None}

    def show(self, result: str) -> None:
        """Writes a command's result to where it belongs."""
        text = result if result.endswith("\n") else result + "\n"
        if self.output is None:
            click.echo(text, nl=False, color=True)
            return
        try:
            self.output.parent.mkdir(parents=True, exist_ok=True)
            self.output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--output {self.output}: cannot be written ({error.strerror})") from error


class _Progress:
    """A progress bar on standard error, with the time that is left where the pace is known."""

    def __enter__(self) -> "_Progress":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)
        self._what = ""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, what: str, done: int, of: int) -> None:
        """Shows that `done` of `of` are done (0 where that is not known)."""
        if what != self._what:  # another pace
            self._bar.remove_task(self._task)
            self._task, self._what = self._bar.add_task(what, total=of or None), what
        self._bar.update(self._task, completed=done, total=of or None)

    def tell(self, text: str) -> None:
        """Says a sentence above the bar, which keeps to its line."""
        from rich.text import Text

        from pmsync.text import shown

        self._bar.console.print(Text(shown(text)), soft_wrap=True)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """For the time of the block the line is somebody else's."""
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()


def _is_terminal() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@dataclass(frozen=True)
class _Asker:
    """Asks a person on the terminal before anything is changed.

    Attributes:
        options: what all commands have in common.
        session: what is worked with.
        progress: what is shown meanwhile.
        told: what the person was told so far.
    """

    options: _Options
    session: "Session"
    progress: "_Progress | None"
    told: "set[Notice]" = field(default_factory=set)

    def takes(self, unpublished: "tuple[Notice, ...]") -> bool:
        """Whether documents are to be synced that are not published."""
        with self._alone():
            for notice in unpublished:
                _tell(str(notice))
            self.told.update(unpublished)
            return self._asks("Put into issues what the default branch does not say yet?")

    def confirm(self, plan: "Plan") -> None:
        """Shows a plan, and asks for it.

        Raises:
            PmsyncError: it is not wanted.
        """
        from pmsync.reports.plan import render

        with self._alone():
            verbose, style = self.options.verbose, self.options.style()
            click.echo(render(plan, verbose=verbose, told=self.told, **style), nl=False, err=True, color=True)
            self.told.update(plan.drifts, plan.waiting, plan.warnings)
            if not self._asks("Make these changes?"):
                raise PmsyncError("nothing was changed")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self.progress.paused() if self.progress else nullcontext(), self.session.interruption.disarmed():
            yield

    def _asks(self, question: str) -> bool:
        """Whether the answer is yes; without an answer it is not.

        Raises:
            Interrupted: instead of an answer.
        """
        try:
            return click.confirm(question, err=True)
        except click.Abort:
            click.echo(err=True)
            if self.session.interruption():
                raise Interrupted("interrupted: nothing was changed") from None
            return False


def _read_day(text: str | None) -> date | None:
    """Returns the day that `2026-01-01` names; None for nothing.

    Raises:
        BadParameter: it is no day.
    """
    if not text or not text.strip():
        return None
    try:
        if len(text.strip()) == len("2026-01-01"):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise click.BadParameter(f"{text!r} is no date: write it as 2026-01-01")


def _interruption() -> Interruption:
    """The process's, where the command line is one of its own."""
    return click.get_current_context().find_object(Interruption) or Interruption()


def _tell(text: str) -> None:
    from pmsync.text import shown

    click.echo(shown(text), err=True)


def _tell_request(verb: str, path: str, status: int | None) -> None:
    _tell(f"{verb} {path} → {status or 'no answer'}")


_FILE = click.Path(dir_okay=False, path_type=Path)
_BEFORE_FORMAT = (
    click.option("--config", type=_FILE, help="Configuration instead of .github/pmsync.yml."),
    click.option("--tracker", type=click.Choice(["github", "local"]), help="Where issues live."),
    click.option("--repo", metavar="OWNER/NAME", help="The issues' repository on GitHub."),
)
_AFTER_FORMAT = (
    click.option("--output", type=_FILE, help="Write the result to this file."),
    click.option("--verbose", "-v", is_flag=True, help="Show every request (never the token)."),
    click.option("--quiet", "-q", is_flag=True, help="Only the result, and errors."),
)


def _common(*formats: str) -> Callable[[F], F]:
    """Adds the options that all commands share, and hands them over as one `options`."""
    choice = click.option(
        "--format", type=click.Choice(formats), default="text", show_default=True, help="Of the result."
    )

    def decorate(command: F) -> F:
        @functools.wraps(command)
        def run(**given: Any) -> Any:  # noqa: ANN401 - whatever options the command has
            shared = {option.name: given.pop(option.name) for option in fields(_Options)}
            return command(_Options(**shared), **given)

        for option in reversed((*_BEFORE_FORMAT, choice, *_AFTER_FORMAT)):
            run = option(run)
        return run  # type: ignore[return-value]

    return decorate


_paths = click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())  # which shells complete


@click.group(cls=_Commands, context_settings=_CONTEXT)
@click.option(
    "-C",
    "folders",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Work in this folder, as git does.",
)
@click.version_option(__version__, prog_name="pmsync")
@click.pass_context
def main(ctx: click.Context, folders: tuple[Path, ...]) -> None:
    """Keep the action items of postmortems and their GitHub issues in step.

    PATH is a file, a folder or a glob; without one, the configured documents (postmortems/**/*.md).

    Exit codes: 0 fine; 1 something failed or was refused; 2 wrong usage or configuration;
    3 `plan --exit-code` found changes; 130 interrupted.
    """
    for folder in folders:
        try:
            ctx.with_resource(chdir(folder))
        except OSError as error:
            raise UsageError(f"-C {folder}: cannot be entered ({error.strerror})") from None


def _read_copy(text: str | None) -> "Copy | None":
    """Returns the copy of pmsync that `OWNER/pmsync@COMMIT` names; None for nothing.

    Raises:
        BadParameter: it names none.
    """
    from pmsync.init import parse_copy

    try:
        return parse_copy(text.strip()) if text and text.strip() else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@main.command()
@click.option(
    "--documents", multiple=True, metavar="GLOB", help="Where postmortems are, as in the configuration."
)
@click.option(
    "--since",
    callback=lambda _ctx, _param, value: _read_day(value),
    metavar="DATE",
    help="Postmortems before this day get no new issues; asked for on a terminal.",
)
@click.option(
    "--action",
    metavar="OWNER/NAME@COMMIT",
    callback=lambda _ctx, _param, value: _read_copy(value),
    help="The pmsync that the workflow runs, where nothing tells; asked for on a terminal.",
)
@click.option(
    "--pre-commit/--no-pre-commit",
    default=None,
    help="Check documents before each commit, by pre-commit; asked for on a terminal.",
)
@click.option(
    "--merge-driver/--no-merge-driver",
    default=None,
    help="Let git merge documents by pmsync's driver; asked for on a terminal.",
)
def init(
    documents: tuple[str, ...],
    since: date | None,
    action: "Copy | None",
    pre_commit: bool | None,
    merge_driver: bool | None,
) -> None:
    """Write .github/pmsync.yml and a workflow for this repository.

    It says first what it finds here. What is there already is kept, and it shows what would differ; the
    workflow is made from the configuration. Run it again whenever you like.
    """
    from pmsync import init as setup
    from pmsync.merging import ATTRIBUTES

    root = setup.require_repository(Path.cwd())
    around = setup.look_around(root, documents)
    if around.config and (since or documents):
        keys = " and ".join([*["`documents:`"] * bool(documents), *["`since:`"] * bool(since)])
        raise UsageError(f"there is a configuration already: write {keys} into it")
    for found in around.found:
        _tell(str(found))
    for text in setup.tell_doubts(root, around, os.environ):
        _tell(text)
    asks = sys.stdin.isatty()
    if asks and since is None and around.config is None:
        since = _ask_since(around.since)
    elif since is None and around.since:
        _tell(f"more items are open than one run makes issues for: --since {around.since} leaves older ones")
    copy = action or setup.find_copy()
    copy = (setup.find_kept_copy(root) or copy) if copy.is_unknown else copy
    if asks and copy.is_unknown:
        copy = _ask_copy() or copy
    question = "Check documents before each commit (pre-commit)?"
    pre_commit = _wants(pre_commit, root, setup.HOOKS, question)
    question = "Merge documents by pmsync's driver, without conflicts in links?"
    merge_driver = _wants(merge_driver, root, ATTRIBUTES, question)
    wanted = setup.make_setup(around, since, copy=copy, pre_commit=pre_commit, merge_driver=merge_driver)
    _write_setup(root, wanted, is_kept=around.config is not None)


def _wants(given: bool | None, root: Path, path: str, question: str) -> bool:
    """Whether a file shall get our part; asked on a terminal, unless it has one or an option says."""
    from pmsync.init import has_part

    if given is not None:
        return given
    return sys.stdin.isatty() and not has_part(root, path) and click.confirm(question)


def _ask_copy() -> "Copy | None":
    """Asks who holds pmsync, as a workflow names it."""
    answer: Copy | None = click.prompt(
        "Which copy of pmsync shall the workflow run? (OWNER/pmsync@COMMIT; empty for no workflow yet)",
        default="",
        show_default=False,
        value_proc=_read_copy,
    )
    return answer


def _ask_since(proposed: date | None) -> date | None:
    """Asks from which day on postmortems get issues; with no answer it is what is proposed."""
    hint = (
        "empty for all" if proposed is None else f"empty for {proposed}, from when on a run has room for them"
    )
    answer: date | None = click.prompt(
        f"Since when do postmortems get issues? (2026-01-01; {hint})",
        default="",
        show_default=False,
        value_proc=_read_day,
    )
    return answer or proposed


def _write_setup(root: Path, wanted: dict[str, str], *, is_kept: bool) -> None:
    """Writes what is not there yet, shows what differs in the rest, and says what comes next."""
    from pmsync import init as setup
    from pmsync.config import DEFAULT_PATH
    from pmsync.merging import ATTRIBUTES

    if setup.WORKFLOW not in wanted:
        _tell(
            "no workflow is written, since nothing tells which repository holds your pmsync: run"
            " `pmsync init --action OWNER/pmsync@COMMIT` for one"
        )
    there = setup.compare(root, wanted)
    new = {path: text for path, text in wanted.items() if path not in there}
    setup.write_setup(root, new)
    for path in new:
        click.echo(f"wrote {path}")
    for path, difference in there.items():
        if path in setup.SHARED:
            _tell(setup.tell_addition(path, (root / path).read_text("utf-8", errors="replace"), wanted[path]))
        elif difference:
            click.echo(f"kept {path}, which differs from what would be made now:\n\n{difference}")
        else:
            click.echo(f"kept {path}, which is as it would be made now")
    kept = f" (made from {DEFAULT_PATH.as_posix()}, which is kept)" if is_kept else ""
    if is_kept and not new:
        return
    steps = [
        f"look at {'it' if len(new) == 1 else 'the files'}{kept}",
        "run `pmsync merge-driver --install` in each clone" if ATTRIBUTES in wanted else None,
        "try `pmsync plan`",
        "then commit them",
    ]
    _tell(f"Next: {', '.join(filter(None, steps))}.")


@main.command()
@_paths
@click.option("--explain", is_flag=True, help="Say of every section and entry why it was, or was not, taken.")
@_common("text", "markdown", "json")
def items(options: _Options, paths: tuple[str, ...], explain: bool) -> None:
    """Show every action item that is read, without any network."""
    from pmsync.reports import items as report

    with options.progress() as progress:
        reading = options.open(progress).read(paths, only_named=True)
    options.show(report.render(reading.chosen, options.format, explain=explain, **options.style()))  # type: ignore[arg-type]
    if not options.quiet:
        for warning in (warning for postmortem in reading.chosen for warning in postmortem.warnings):
            _tell(f"warning: {warning}")
    _fail_with(reading.errors)


@main.command()
@_paths
@click.option("--staged", is_flag=True, help="Only what is about to be committed, as it is about to be.")
@click.option("--changed-since", metavar="REF", help="Only what differs from this branch or commit.")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--statistics", is_flag=True, help="How often each rule found something, instead of what.")
@click.option("--explain", metavar="RULE", help="Show what a rule (PM003) is for, and nothing else.")
@_common("text", "markdown", "json", "github", "sarif")
def check(
    options: _Options,
    paths: tuple[str, ...],
    staged: bool,
    changed_since: str | None,
    strict: bool,
    statistics: bool,
    explain: str | None,
) -> None:
    """Say what keeps action items from being acted on; no network."""
    from pmsync import review
    from pmsync.reports import check as report

    if explain is not None:
        options.show(report.explain(explain))
        return
    if staged and changed_since is not None:
        raise UsageError("--staged and --changed-since each say which documents: choose one")
    with options.progress() as progress:
        checked = review.run(options.open(progress), paths, staged=staged, since=changed_since)
    color = bool(options.style()["color"])
    options.show(report.render(checked, options.format, statistics=statistics, color=color))  # type: ignore[arg-type]
    if not options.quiet:
        for warning in checked.warnings:
            _tell(f"warning: {warning}")
    if checked.fails(strict=strict):
        sys.exit(FAILED)


@main.command()
@_paths
@click.option("--exit-code", is_flag=True, help="Exit with 3 if there is anything to do.")
@click.option("--show-body", is_flag=True, help="Show all that each new issue will say.")
@_common("text", "markdown", "json")
def plan(options: _Options, paths: tuple[str, ...], exit_code: bool, show_body: bool) -> None:
    """Show what sync would do, and how each issue was found."""
    from pmsync import sync, waiting

    with options.progress() as progress:
        session = options.open(progress)
        reading = waiting.sift(session, session.read(paths, is_planned=options.is_shown))
        done = sync.run(session, reading)
    _show_done(options, done, show_body=show_body)
    if done.errors:
        sys.exit(FAILED)
    if exit_code and done.plan.changes:
        sys.exit(CHANGES)


@main.command()
@_paths
@click.option("--dry-run", is_flag=True, help="Stop before the first write: the same as plan.")
@click.option(
    "--force",
    is_flag=True,
    help="Carry out a plan even if it is implausibly large, or made from a checkout that is behind.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask first, as it does on a terminal.")
@click.option(
    "--allow-uncommitted",
    is_flag=True,
    help="Take documents that are not committed, or not on the default branch, too.",
)
@click.option("--wait", is_flag=True, help="Wait for hourly limits to pass, instead of stopping there.")
@click.option(
    "--write-back",
    type=click.Choice(["files", "push", "pull-request"]),
    default="files",
    show_default=True,
    help="Write links and status into the work tree, or commit them to GitHub.",
)
@_common("text", "markdown", "json")
def sync(
    options: _Options,
    paths: tuple[str, ...],
    dry_run: bool,
    force: bool,
    yes: bool,
    allow_uncommitted: bool,
    wait: bool,
    write_back: str,
) -> None:
    """Create and update issues; write links and status back.

    On a terminal the plan is shown, and you are asked before anything is changed.
    """
    from pmsync import waiting
    from pmsync.sync import WriteBack, run

    with options.progress() as progress:
        session = options.open(progress)
        asker = None if yes or dry_run or not _is_terminal() else _Asker(options, session, progress)
        with session.at_work():
            way = None if dry_run else WriteBack(write_back)
            reading = waiting.sift(session, session.read(paths, is_planned=options.is_shown))
            left_out = () if dry_run or allow_uncommitted else reading.unpublished
            if left_out and not (asker and asker.takes(left_out)):
                reading = waiting.hold_unpublished(reading)
            ask = asker.confirm if asker else None
            done = run(session, reading, way, force=force, patient=wait, confirm=ask)
    if done.outcomes is None and not dry_run:
        raise _refuse(options, done)
    _tell_written(session, done)
    _show_done(options, done, told=asker.told if asker and options.is_shown else ())
    if session.interruption():
        raise Interrupted("interrupted: what was made is written back; run again for the rest")
    if done.errors or (left_out and not asker and not done.plan.unpublished):
        sys.exit(FAILED)


def _day(_ctx: click.Context, _param: click.Parameter, value: str | None) -> date | None:
    return _read_day(value)


def _failures(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> "tuple[Failure, ...]":
    from pmsync.reports.selection import Failure

    try:
        return tuple(Failure.parse(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@main.command()
@_paths
@click.option("--offline", is_flag=True, help="From the documents alone, without asking the tracker.")
@click.option("--merge", is_flag=True, help="Each PATH is the JSON of a status report; make one of all.")
@click.option("--owner", multiple=True, metavar="NAME", help="Only follow-ups of this person.")
@click.option("--team", multiple=True, metavar="NAME", help="Only follow-ups of this team.")
@click.option("--severity", multiple=True, metavar="SEV", help="Only postmortems of this severity.")
@click.option("--since", callback=_day, metavar="DATE", help="Only postmortems of this day or later.")
@click.option("--until", callback=_day, metavar="DATE", help="Only postmortems of this day or earlier.")
@click.option("--overdue", is_flag=True, help="List only what is overdue.")
@click.option("--state", type=click.Choice(["open", "done", "all"]), help="List only these.")
@click.option(
    "--sort",
    type=click.Choice(["urgency", "severity", "age", "date", "owner"]),
    default="urgency",
    show_default=True,
    help="List in this order.",
)
@click.option("--limit", type=click.IntRange(min=0), help="List so many at most.")
@click.option(
    "--fail-on",
    multiple=True,
    callback=_failures,
    metavar="WHAT",
    help="Exit with 1 for `overdue`, `overdue:SEV-1` or `unowned`.",
)
@_common("text", "markdown", "json", "csv", "html")
def status(
    options: _Options,
    paths: tuple[str, ...],
    offline: bool,
    merge: bool,
    fail_on: "tuple[Failure, ...]",
    **given: Any,  # noqa: ANN401 - the filters, by their names
) -> None:
    """Report the follow-ups: open, overdue, closed in time.

    --owner, --team, --severity, --since and --until choose what the figures are of; --overdue, --state,
    --sort and --limit only what is listed.
    """
    from pmsync.reports.follow_ups import People
    from pmsync.reports.selection import Listing, Selection
    from pmsync.reports.status import render
    from pmsync.text import shown

    listing = Listing(**{name: given.pop(name) for name in ("overdue", "state", "sort", "limit")})
    whole, errors, people = _merge(paths) if merge else _status(options, paths, offline=offline)
    selection = Selection(
        owners=People(people, {}).logins(given["owner"]),
        teams=given["team"],
        severities=given["severity"],
        since=given["since"],
        until=given["until"],
    )
    for name in () if options.quiet else selection.find_unknown(whole):
        _tell(f"warning: there is no follow-up of {shown(name)}")
    report = selection.of(whole)
    options.show(render(report, options.format, listing=listing, **options.style()))  # type: ignore[arg-type]
    failures = [told for failure in fail_on if (told := failure.tell(report))]
    for told in failures:
        _tell(f"pmsync: {told}")
    _fail_with(errors)
    if failures:
        sys.exit(FAILED)


def _status(
    options: _Options, paths: tuple[str, ...], *, offline: bool
) -> "tuple[StatusReport, tuple[Notice, ...], Mapping[str, str]]":
    """Returns where the follow-ups of this repository stand, what could not be read, and who is who."""
    from pmsync import sync

    with options.progress() as progress:
        session = options.open(progress)
        reading = session.read(paths)
        plan = None if offline else sync.run(session, reading, for_report=True).plan
    report = session.make_status(reading.chosen, plan)
    return report, plan.errors if plan else reading.errors, session.config.owners


def _merge(paths: tuple[str, ...]) -> "tuple[StatusReport, tuple[Notice, ...], Mapping[str, str]]":
    """Returns one report of several."""
    from pmsync.reports.status_data import read_reports

    if not paths:
        raise UsageError("--merge needs the JSON of at least one report: name its file")
    texts = {}
    for path in paths:
        try:
            texts[path] = Path(path).read_text("utf-8")
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise UsageError(f"{path} cannot be read: {why}") from None
    return read_reports(texts), (), {}


@main.command("merge-driver")
@click.argument("base", type=_FILE, required=False)
@click.argument("ours", type=_FILE, required=False)
@click.argument("theirs", type=_FILE, required=False)
@click.argument("marker_size", type=click.IntRange(min=1), default=7)
@click.argument("path", default="")
@click.option("--install", is_flag=True, help="Let git use it in this clone, and do nothing else.")
def merge_driver(
    base: Path | None, ours: Path | None, theirs: Path | None, marker_size: int, path: str, install: bool
) -> None:
    """Merge a document for git; links and boxes are settled.

    git calls it with %O %A %B %L %P, where `.gitattributes` says `merge=pmsync`. The result is written to
    OURS. It exits with 1 where people changed the same lines: that conflict is git's, as ever.
    """
    from pmsync import documents, merging
    from pmsync.git import configure

    root = documents.find_root(Path.cwd())
    if install:
        settings = merging.make_settings()
        if not configure(root, settings):
            raise UsageError("git's configuration cannot be set here: run it in a clone")
        for name, value in settings.items():
            click.echo(f"{name}={value}")
        return
    if base is None or ours is None or theirs is None:
        raise UsageError("git names three files: %O %A %B (`pmsync merge-driver --install` lets git know)")
    if merging.merge(root, path or ours.name, (base, ours, theirs), marker_size):
        sys.exit(FAILED)


@main.command(hidden=True)
@click.option("--config", default="")
@click.option("--write-back", default="")
@click.option("--commit-on", default="")
@click.option("--comment", default="")
@click.option("--dry-run", default="")
@click.option("--force", default="")
def action(config: str, **inputs: str) -> None:
    """Do what a GitHub event calls for: the whole of action.yml."""
    from pmsync.action import Runner, Settings, act
    from pmsync.session import open_session

    interruption = _interruption()
    sys.exit(
        act(
            Runner(os.environ, sys.stdout),
            lambda: Settings.read(inputs),
            lambda: replace(
                open_session(
                    environ=os.environ, base=Path.cwd(), config_path=Path(config) if config else None
                ),
                say=_tell,
                interruption=interruption,
            ),
        )
    )


def _tell_written(session: "Session", done: "Done") -> None:
    """Says where documents were written to, if not into the work tree."""
    if done.written.pull_request is not None:
        session.say(f"written back in pull request #{done.written.pull_request}: {done.written.url}")
    elif done.written.is_pushed and done.written.commit:
        session.say(f"written back in commit {done.written.commit[:7]}: pull it into this checkout")
    if done.dashboard is not None:
        session.say(f"the dashboard is {done.dashboard.ref}: {done.dashboard.url}")


def _refuse(options: _Options, done: "Done") -> PmsyncError:
    """Returns why a plan is not carried out; a program is told in a result too, with nothing tried."""
    from pmsync.model import Notice

    text = (
        f"refused before the first write: {done.plan.refusal}. Look at `pmsync plan`; then"
        " run again with --force"
        f"{', or raise max_creates: in the configuration' * ('max_creates' in done.plan.refusal)}"
    )
    if options.format == "json":
        plan = replace(done.plan, errors=(*done.plan.errors, Notice(text=text)))
        _show_done(options, replace(done, plan=plan, outcomes=()))
    return PmsyncError(text)


def _show_done(
    options: _Options, done: "Done", *, show_body: bool = False, told: "Collection[Notice]" = ()
) -> None:
    """Shows a plan, or what came of it, without what was told before."""
    from pmsync.reports import plan as report

    options.show(
        report.render(
            done.plan,
            options.format,  # type: ignore[arg-type]
            outcomes=done.outcomes,
            written=None if done.outcomes is None else done.written.facts(),
            verbose=options.verbose,
            show_body=show_body,
            told=told,
            **options.style(),
        )
    )
    if done.outcomes is None and done.plan.excess and not options.is_shown:
        _tell(f"pmsync: a sync refuses this plan: {done.plan.refusal}")


def _fail_with(errors: "tuple[Notice, ...]") -> None:
    """Tells what could not be read, and exits 1 if there is any."""
    for error in errors:
        _tell(f"error: {error}")
    if errors:
        sys.exit(FAILED)
