"""The command line: commands, streams and exit codes.

The result of a command goes to standard output, or to `--output`, and nothing else does. What a command
needs is imported when it runs, so that `--help` costs next to nothing.
"""

import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pmsync import __version__
from pmsync.errors import Interrupted, PmsyncError, UsageError
from pmsync.interruption import Interruption

if TYPE_CHECKING:
    from pmsync.model import Notice
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


_paths = click.argument("paths", nargs=-1, metavar="[PATH]...")


@click.group(cls=_Commands, context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="pmsync")
def main() -> None:
    """Keep the action items of postmortems and their GitHub issues in step.

    PATH is a file, a folder or a glob; without one, the configured documents (postmortems/**/*.md).

    Exit codes: 0 fine; 1 something failed or was refused; 2 wrong usage or configuration;
    3 `plan --exit-code` found changes; 130 interrupted.
    """


@main.command()
@click.option(
    "--since",
    callback=lambda _ctx, _param, value: _read_day(value),
    metavar="DATE",
    help="Postmortems before this day get no new issues; asked for on a terminal.",
)
@click.option(
    "--pre-commit/--no-pre-commit",
    default=None,
    help="Check documents before each commit, by pre-commit; asked for on a terminal.",
)
def init(since: date | None, pre_commit: bool | None) -> None:
    """Write .github/pmsync.yml and a workflow for this repository.

    A configuration that is there already is kept, and the workflow is made from it.
    """
    from pmsync import documents
    from pmsync.config import DEFAULT_PATH
    from pmsync.init import HOOKS, find_gaps, look_around, make_hook, make_setup, write_setup

    root = documents.find_root(Path.cwd())
    surroundings = look_around(root)
    if surroundings.config and since:
        raise UsageError("there is a configuration already: write `since:` into it")
    if since is None and surroundings.config is None and sys.stdin.isatty():
        since = click.prompt(
            "Since when do postmortems get issues? (2026-01-01; empty for all)",
            default="",
            show_default=False,
            value_proc=_read_day,
        )
    if pre_commit is None:
        pre_commit = sys.stdin.isatty() and click.confirm("Check documents before each commit (pre-commit)?")
    has_hooks = (root / HOOKS).exists()
    setup = make_setup(surroundings, since, pre_commit=pre_commit and not has_hooks)
    write_setup(root, setup)
    for path in setup:
        click.echo(f"wrote {path}")
    if pre_commit and has_hooks:
        _tell(f"{HOOKS} is yours: add this below its `repos:`\n\n{make_hook(surroundings)}")
    kept = "" if surroundings.config is None else f" (made from {DEFAULT_PATH.as_posix()}, which is kept)"
    steps = [
        f"look at {'the files' if len(setup) > 1 else 'it'}{kept}",
        find_gaps(setup),
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
    from pmsync import sync

    with options.progress() as progress:
        session = options.open(progress)
        done = sync.run(session, session.read(paths, is_planned=options.is_shown))
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
    options: _Options, paths: tuple[str, ...], dry_run: bool, force: bool, wait: bool, write_back: str
) -> None:
    """Create and update issues; write links and status into documents."""
    from pmsync.sync import WriteBack, run

    with options.progress() as progress:
        session = options.open(progress)
        with session.at_work():
            way = None if dry_run else WriteBack(write_back)
            done = run(
                session, session.read(paths, is_planned=options.is_shown), way, force=force, patient=wait
            )
    if done.outcomes is None and not dry_run:
        raise PmsyncError(
            f"refused before the first write: {done.plan.refusal}. Look at `pmsync plan`; then"
            " run again with --force"
            f"{', or raise max_creates: in the configuration' * ('max_creates' in done.plan.refusal)}"
        )
    if done.written.pull_request is not None:
        session.say(f"written back in pull request #{done.written.pull_request}: {done.written.url}")
    elif done.written.commit:
        session.say(f"written back in commit {done.written.commit[:7]}: pull it into this checkout")
    if done.dashboard is not None:
        session.say(f"the dashboard is {done.dashboard.ref}: {done.dashboard.url}")
    _show_done(options, done)
    if session.interruption():
        raise Interrupted("interrupted: what was made is written back; run again for the rest")
    if done.errors:
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
    from pmsync.reports.selection import Listing, Selection
    from pmsync.reports.status import render

    listing = Listing(**{name: given.pop(name) for name in ("overdue", "state", "sort", "limit")})
    selection = Selection(
        owners=given["owner"],
        teams=given["team"],
        severities=given["severity"],
        since=given["since"],
        until=given["until"],
    )
    whole, errors = _merge(paths) if merge else _status(options, paths, offline=offline)
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
) -> "tuple[StatusReport, tuple[Notice, ...]]":
    """Returns where the follow-ups of this repository stand, and what could not be read."""
    from pmsync import sync

    with options.progress() as progress:
        session = options.open(progress)
        reading = session.read(paths)
        plan = None if offline else sync.run(session, reading, for_report=True).plan
    return session.make_status(reading.chosen, plan), plan.errors if plan else reading.errors


def _merge(paths: tuple[str, ...]) -> "tuple[StatusReport, tuple[Notice, ...]]":
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
    return read_reports(texts), ()


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


def _show_done(options: _Options, done: "Done", *, show_body: bool = False) -> None:
    """Shows a plan, or what came of it."""
    from pmsync.reports import plan as report

    options.show(
        report.render(
            done.plan,
            options.format,  # type: ignore[arg-type]
            outcomes=done.outcomes,
            written=None if done.outcomes is None else done.written.facts(),
            verbose=options.verbose,
            show_body=show_body,
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
