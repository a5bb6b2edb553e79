"""One run of the Action, from the event to what the runner is told."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pmsync import review, sync
from pmsync.action import summary
from pmsync.action.changes import ask_changed, ask_compared, find_newer
from pmsync.action.events import Job, Task, choose_job
from pmsync.action.head import at_commit, at_head
from pmsync.action.runner import Level, Note, Runner
from pmsync.action.settings import Settings
from pmsync.action.suggesting import suggest_fields
from pmsync.check import Checked
from pmsync.errors import Interrupted, PmsyncError, Refused, TrackerError, UsageError
from pmsync.git import find_changed
from pmsync.markdown import inert
from pmsync.model import Action, Notice, Plan
from pmsync.reading import Reading
from pmsync.reports import check as check_report
from pmsync.reports import plan as plan_report
from pmsync.reports import status as status_report
from pmsync.reports.figures import Figures, count
from pmsync.reports.follow_ups import StatusReport
from pmsync.repository.comment import stick
from pmsync.repository.git_objects import find_home
from pmsync.session import Session
from pmsync.sync import Done, WriteBack
from pmsync.text import encode
from pmsync.waiting import hold_drafts

if TYPE_CHECKING:
    from pmsync.github.connection import Connection

FAILED = 1

_NOTHING = (
    "No action item that stands in a postmortem here makes or changes an issue. What is taken out, and what"
    " the configuration changes, is looked at after the merge."
)

_REPORTS: Mapping[str, status_report.Format] = {"page": "html", "status": "json"}
"""The forms in which a status report is left for later steps, by the name of the output that says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What a run has to tell.

    Attributes:
        text: for the log.
        markdown: for the job's summary.
        notes: annotations.
        outputs: by name.
        code: the exit code.
    """

    text: str = ""
    markdown: str = ""
    notes: tuple[Note, ...] = ()
    outputs: dict[str, str] | None = None
    code: int = 0


def act(runner: Runner, read_settings: Callable[[], Settings], open_session: Callable[[], Session]) -> int:
    """Does what the event calls for, and tells the runner.

    Args:
        runner: what the step runs on.
        read_settings: reads the Action's inputs.
        open_session: opens the checked-out repository.

    Returns:
        The exit code.
    """
    with runner.commands_off():
        try:
            settings = read_settings()
            result = _work(runner, settings, open_session())
        except PmsyncError as error:
            result = _fail(str(error), error.exit_code)
        except KeyboardInterrupt:
            result = _fail("interrupted: the next run does what this one did not", Interrupted.exit_code)
        except Exception:  # noqa: BLE001 - a traceback may quote anything: it has to end up in here
            runner.say(traceback.format_exc())
            result = _fail("this is a defect of pmsync: please report it with the step's log", FAILED)
        runner.say(result.text)
    runner.annotate(result.notes)
    runner.set_outputs(result.outputs or {})
    runner.summarize(result.markdown)
    return result.code


def _fail(text: str, code: int) -> _Result:
    return _Result(
        text=f"pmsync: {text}",
        markdown=summary.tell_notices("pmsync failed", [Notice(text=text)]),
        notes=(Note(level=Level.ERROR, title="pmsync", text=text),),
        code=code,
    )


def _work(runner: Runner, settings: Settings, session: Session) -> _Result:
    if session.is_local:
        raise UsageError(
            "the Action keeps issues on GitHub: remove 'tracker: local' from the configuration, or run "
            "'pmsync sync' as a step of your own"
        )
    session.require_documents_repository()
    config = session.config
    job = choose_job(
        runner.event,
        runner.read_payload(),
        ref=runner.ref,
        default_branch=_find_default_branch(session, runner),
        labels=(config.label, *config.previous_labels),
        own_branch=sync.proposal_branch(session),
        commit_on=settings.commit_on,
    )
    if job.task is Task.NOTHING:
        text = f"Nothing to do: {job.reason}."
        return _Result(text=text, markdown=f"pmsync: {text}")
    if job.task is Task.PREVIEW:
        with at_commit(session) as present:
            return _preview(settings, present, job, runner)
    is_sync = job.task is Task.SYNC
    with (
        session.at_work(),
        at_head(session, runner.ref.removeprefix("refs/heads/"))
        if is_sync
        else at_commit(session) as present,
    ):
        return _sync(settings, present, job, runner)


def _find_default_branch(session: Session, runner: Runner) -> str:
    """Returns the default branch: as the event says, or as it is known to run there, or as GitHub says."""
    if session.checkout.default_branch:
        return session.checkout.default_branch
    if runner.event in {"schedule", "issues"}:
        return runner.ref.removeprefix("refs/heads/")
    with session.connect() as connection:
        return find_home(connection, session.documents_repository)[1]


def _read(session: Session) -> Reading:
    """Reads the documents; where nothing is checked out, says which step the job lacks."""
    reading = session.read()
    if session.checkout.git_folder:
        return reading
    instead = ", and its documents were read from GitHub" if reading.known else ""
    text = f"the repository is not checked out here{instead}: let the job use actions/checkout before pmsync"
    return replace(reading, warnings=(Notice(text=text), *reading.warnings))


# -------------------------------------------------------------------------------- sync


def _sync(settings: Settings, session: Session, job: Job, runner: Runner) -> _Result:
    """Syncs, writes back, and tells where the follow-ups stand; or tells what a sync would do."""
    reading = hold_drafts(session, _read(session))
    if job.task is Task.PLAN or settings.dry_run:
        return _tell_plan_alone(
            sync.run(session, reading), f"Nothing is written: {job.reason or 'a dry run'}.", runner, session
        )
    way = settings.write_back if job.writes_back else WriteBack.NONE
    done = sync.run(session, reading, way, force=settings.force, for_report=True)
    plan, outcomes = done.plan, done.outcomes
    if outcomes is None:
        text = (
            f"refused before the first write: {plan.refusal}. Look at the plan in the job's summary; then "
            "raise 'max_creates' in the configuration, or run the workflow once with the input 'force'"
        )
        return _tell_plan_alone(done, text, runner, session, refused=True)
    stopped = session.interruption()
    report = session.make_status(reading.postmortems, plan)
    interrupted = Notice(text="interrupted: the next run does what this one did not")
    errors = (*done.errors, *[interrupted] * stopped)
    return _Result(
        text=plan_report.render(plan, "text", outcomes=outcomes),
        markdown=summary.join(
            "### pmsync",
            plan_report.render(plan, "markdown", source=_find_source(session), outcomes=outcomes),
            summary.tell_written(done.written, session.documents_page),
            "### Follow-ups",
            summary.tell_dashboard(done.dashboard),
            status_report.render(report, "markdown"),
        ),
        notes=(*_notes(errors, Level.ERROR), *_notes(plan.warnings, Level.WARNING)),
        outputs=_outputs(done, count(report))
        | _save_files(runner, session, done)
        | _save_report(runner, session, report),
        code=Interrupted.exit_code if stopped else FAILED if errors else 0,
    )


def _outputs(done: Done, figures: Figures) -> dict[str, str]:
    """What later steps may want to know of a sync, by the names in `action.yml`."""
    outcomes, written = done.outcomes or (), done.written
    values = {
        "created": summary.count_outcomes(outcomes, Action.CREATE),
        "updated": summary.count_outcomes(outcomes, Action.UPDATE),
        "closed": summary.count_outcomes(outcomes, Action.CLOSE, Action.MERGE, Action.RETIRE),
        "open": figures.open,
        "overdue": figures.overdue,
        "changed": len(written.documents) if written.commit and written.has_landed else 0,
        "pull-request": "" if written.pull_request is None else written.pull_request,
    }
    return {name: str(value) for name, value in values.items()}


def _tell_plan_alone(
    done: Done, why: str, runner: Runner, session: Session, *, refused: bool = False
) -> _Result:
    """Tells what a sync would do, and why it did not."""
    errors = (*done.errors, *[Notice(text=why)] * refused)
    heading = summary.tell_notices("Refused", [Notice(text=why)]) if refused else why
    plan = replace(done.plan, excess=()) if refused else done.plan  # which is told once
    return _Result(
        text=f"pmsync: {why}\n\n{plan_report.render(plan, 'text')}",
        markdown=summary.join(
            "### pmsync", heading, plan_report.render(plan, "markdown", source=_find_source(session))
        ),
        notes=(*_notes(errors, Level.ERROR), *_notes(done.plan.warnings, Level.WARNING)),
        outputs=_save_files(runner, session, done),
        code=FAILED if errors else 0,
    )


# ----------------------------------------------------------------------------- preview


def _preview(settings: Settings, session: Session, job: Job, runner: Runner) -> _Result:
    """Says what a pull request's documents would do, and what they lack."""
    changes, reading = _select(session, job)
    done, problem = _try_plan(session, hold_drafts(session, reading))
    plan = done.plan
    checked = review.review(session, reading, new=review.find_new(changes))
    unmatched = tuple(error for error in reading.errors if not error.document)
    refusal = (Notice(text=f"a sync refuses this plan: {plan.refusal}"),) if plan.excess else ()
    told = ""
    if plan.changes or plan.warnings or plan.waiting or checked.diagnostics or checked.warnings or problem:
        told = summary.join(
            "### Follow-ups in this pull request"
            if job.pull_request
            else "### Follow-ups in this merge group",
            inert(job.reason[:1].upper() + job.reason[1:]),
            problem,
            _tell_plan(plan, _find_source(session, job.head)),
            _tell_checked(checked),
        )
    said = _comment(session, job, told, reading, checked) if settings.comment and job.pull_request else ""
    nothing = "" if told else _NOTHING
    nowhere = summary.tell_notices("Documents that are not there", (*unmatched, *reading.warnings))
    unread = plan.errors if problem else ()
    warnings = (*reading.warnings, *unread, *refusal, *plan.warnings, *checked.warnings)
    return _Result(
        text=problem or plan_report.render(plan, "text"),
        markdown=summary.join("### pmsync", nowhere, told or nothing, said),
        notes=(
            *_check_notes(checked),
            *_notes(unmatched, Level.ERROR),
            *_notes(warnings, Level.WARNING),
        ),
        outputs=_save_files(runner, session, done),
        code=FAILED if checked.fails() or unmatched else 0,
    )


def _select(session: Session, job: Job) -> tuple[Mapping[str, bool], Reading]:
    """Reads the documents, and selects those that the pull request, or the merge queue's group, changes.

    Returns:
        All paths that it changes, and whether each is new; and the documents.
    """
    changes = find_changed(session.clone, job.bases, job.head)
    if changes is None:
        with session.connect() as connection:
            repository = session.documents_repository
            if job.pull_request:
                changes = ask_changed(connection, repository, job.pull_request)
            else:
                changes = ask_compared(connection, repository, "".join(job.bases), job.head)
    reading = _read(session)
    return changes, replace(reading, selected=reading.known & changes.keys())


def _try_plan(session: Session, reading: Reading) -> tuple[Done, str]:
    """Plans for the selected documents; says why where issues cannot be read, which is no failure here."""
    selected = reading.selected or frozenset()
    if not selected:
        return Done(plan=Plan()), ""
    try:
        plan = sync.run(session, reading).plan
    except TrackerError as error:
        unread = Notice(text=f"there is no plan, since issues cannot be read here: {error}")
        return Done(plan=Plan(errors=(unread,))), summary.tell_notices("No plan", [unread])
    errors = tuple(it for it in plan.errors if it.document in selected)
    # That no item is found in a document is one of the rules of a check.
    known = {warning for postmortem in reading.chosen for warning in postmortem.warnings}
    warnings = tuple(it for it in plan.warnings if it.document in selected and it not in known)
    return Done(plan=replace(plan, errors=errors, warnings=warnings)), ""


def _tell_plan(plan: Plan, source: str) -> str:
    if not plan.changes and not plan.warnings and not plan.waiting:
        return ""
    return plan_report.render(replace(plan, errors=(), orphans=()), "markdown", source=source)


def _find_source(session: Session, commit: str = "") -> str:
    """Returns the address under which documents are as they were read."""
    return f"{session.documents_page}/blob/{commit or session.checkout.revision or 'HEAD'}/"


def _comment(session: Session, job: Job, told: str, reading: Reading, checked: Checked) -> str:
    """Keeps the comment, and suggests, if so configured; returns what to say where the token may not."""
    try:
        with session.connect() as connection:
            repository, number = session.documents_repository, job.pull_request
            if newer := find_newer(connection, repository, number, job.head):
                return f"_No comment: {newer}._"
            stick(connection, repository, number, told or None, session.variant)
            return _suggest(session, connection, job, checked, reading)
    except Refused as refused:
        if refused.status in {403, 404}:
            said = "the token of this run may not write one, as for a fork's pull request"
            return f"_No comment: {said} ({inert(str(refused))})._"
        return summary.tell_notices("No comment", [Notice(text=str(refused))])
    except TrackerError as error:
        return summary.tell_notices("No comment", [Notice(text=str(error))])


def _suggest(session: Session, connection: "Connection", job: Job, checked: Checked, reading: Reading) -> str:
    """Suggests fields on lines, if so configured; returns what to say where that did not go well."""
    try:
        if session.config.suggestions:
            suggest_fields(session, connection, job, checked, reading)
    except TrackerError as error:
        return summary.tell_notices("No suggestions", [Notice(text=str(error))])
    return ""


# ----------------------------------------------------------------------------- telling


def _notes(notices: tuple[Notice, ...], level: Level) -> tuple[Note, ...]:
    return tuple(
        Note(level=level, title="pmsync", text=it.text, document=it.document, line=it.line) for it in notices
    )


def _save_files(runner: Runner, session: Session, done: Done) -> dict[str, str]:
    """Writes the result, and what could not be written back, to files; returns their paths by output."""
    written = None if done.outcomes is None else done.written.facts()
    texts = {
        "json": plan_report.render(done.plan, "json", outcomes=done.outcomes, written=written),
        "patch": done.written.patch,
    }
    files = {
        name: runner.folder() / f"pmsync{session.variant}.{name}" for name, text in texts.items() if text
    }
    for name, file in files.items():
        file.write_bytes(encode(texts[name]))
    return {name: str(file) for name, file in files.items()}


def _save_report(runner: Runner, session: Session, report: StatusReport) -> dict[str, str]:
    """Writes the status report where later steps find it, and returns the paths by their outputs."""
    paths = {}
    for output, form in _REPORTS.items():
        path = runner.folder() / f"pmsync-status{session.variant}.{form}"
        path.write_text(status_report.render(report, form), encoding="utf-8", errors="replace")
        paths[output] = str(path)
    return paths | {"page-name": Path(paths["page"]).name}


def _check_notes(checked: Checked) -> tuple[Note, ...]:
    """Annotations at the lines of what a check found."""
    return tuple(
        Note(
            level=Level(str(one.level)),
            title=f"{one.rule.code} {one.rule.name}",
            text=check_report.sentence(one),
            document=one.document,
            line=one.line,
        )
        for one in checked.diagnostics
    )


def _tell_checked(checked: Checked) -> str:
    table = check_report.render_table(checked.diagnostics)
    return summary.join(
        "#### What keeps follow-ups from being acted on" if table else "",
        table,
        summary.tell_notices("Comments that allow nothing", checked.warnings),
    )
