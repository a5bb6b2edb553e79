"""One run of the Action, from the event to what the runner is told."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pmsync import sync
from pmsync.action import summary
from pmsync.action.changes import ask_changed
from pmsync.action.events import CommitOn, Job, Task, choose_job
from pmsync.action.findings import find_gaps
from pmsync.action.head import at_head
from pmsync.action.runner import Level, Note, Runner
from pmsync.errors import Interrupted, PmsyncError, Refused, TrackerError, UsageError
from pmsync.git import find_changed
from pmsync.model import Action, Notice, Plan
from pmsync.reading import Reading
from pmsync.reports import plan as plan_report
from pmsync.reports import status as status_report
from pmsync.reports.follow_ups import make_status
from pmsync.repository.comment import stick
from pmsync.repository.git_objects import find_home
from pmsync.session import Session
from pmsync.sync import Done, WriteBack

FAILED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The Action's inputs."""

    write_back: WriteBack = WriteBack.PUSH
    commit_on: CommitOn = CommitOn.ALL
    comment: bool = True
    dry_run: bool = False
    force: bool = False


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


def act(runner: Runner, settings: Settings, open_session: Callable[[], Session]) -> int:
    """Does what the event calls for, and tells the runner.

    Args:
        runner: what the step runs on.
        settings: the Action's inputs.
        open_session: opens the checked-out repository.

    Returns:
        The exit code.
    """
    with runner.commands_off():
        try:
            session = open_session()
            result = _work(runner, settings, session)
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
        commit_on=settings.commit_on,
    )
    if job.task is Task.NOTHING:
        text = f"Nothing to do: {job.reason}."
        return _Result(text=text, markdown=f"pmsync: {text}")
    if job.task is Task.PREVIEW:
        return _preview(settings, replace(session, head=session.checkout), job, runner)
    with session.at_work():
        if job.task is not Task.SYNC:
            return _sync(settings, replace(session, head=session.checkout), job, runner)
        with at_head(session, runner.ref.removeprefix("refs/heads/")) as present:
            return _sync(settings, present, job, runner)


def _find_default_branch(session: Session, runner: Runner) -> str:
    """Returns the default branch: as the event says, or as it is known to run there, or as GitHub says."""
    if session.checkout.default_branch:
        return session.checkout.default_branch
    if runner.event in {"schedule", "issues"}:
        return runner.ref.removeprefix("refs/heads/")
    with session.connect() as connection:
        return find_home(connection, session.documents_repository)[1]


# -------------------------------------------------------------------------------- sync


def _sync(settings: Settings, session: Session, job: Job, runner: Runner) -> _Result:
    """Syncs, writes back, and tells where the follow-ups stand; or tells what a sync would do."""
    reading = session.read()
    if job.task is Task.PLAN or settings.dry_run:
        return _tell_plan_alone(
            sync.run(session, reading), f"Nothing is written: {job.reason or 'a dry run'}.", runner
        )
    way = settings.write_back if job.writes_back else WriteBack.NONE
    done = sync.run(session, reading, way, force=settings.force)
    plan, outcomes = done.plan, done.outcomes
    if outcomes is None:
        text = (
            f"refused before the first write: {plan.refusal}. Look at the plan in the job's summary; then "
            "raise 'max_creates' in the configuration, or run the workflow once with the input 'force'"
        )
        return _tell_plan_alone(done, text, runner, refused=True)
    stopped = session.interruption()
    report = make_status(
        reading.postmortems,
        session.interruption.now(),
        bindings=plan.bindings,
        orphans=plan.orphans,
        owners=session.config.owners,
    )
    interrupted = Notice(text="interrupted: the next run does what this one did not")
    errors = (*done.errors, *[interrupted] * stopped)
    return _Result(
        text=plan_report.render(plan, "text", outcomes=outcomes),
        markdown=summary.join(
            "### pmsync",
            plan_report.render(plan, "markdown", outcomes=outcomes),
            summary.tell_written(done.written, session.documents_page),
            "### Follow-ups",
            status_report.render(report, "markdown"),
        ),
        notes=(*_notes(errors, Level.ERROR), *_notes(plan.warnings, Level.WARNING)),
        outputs=_outputs(done, report.figures) | {"json": _save_json(runner, done)},
        code=Interrupted.exit_code if stopped else FAILED if errors else 0,
    )


def _outputs(done: Done, figures: Mapping[str, Any]) -> dict[str, str]:
    """What later steps may want to know of a sync, by the names in `action.yml`."""
    outcomes, written = done.outcomes or (), done.written
    values = {
        "created": summary.count_outcomes(outcomes, Action.CREATE),
        "updated": summary.count_outcomes(outcomes, Action.UPDATE),
        "closed": summary.count_outcomes(outcomes, Action.CLOSE, Action.MERGE, Action.RETIRE),
        "open": figures["open"],
        "overdue": figures["overdue"],
        "changed": len(written.documents) if written.commit else 0,
        "pull-request": "" if written.pull_request is None else written.pull_request,
    }
    return {name: str(value) for name, value in values.items()}


def _tell_plan_alone(done: Done, why: str, runner: Runner, *, refused: bool = False) -> _Result:
    """Tells what a sync would do, and why it did not."""
    errors = (*done.errors, *[Notice(text=why)] * refused)
    heading = summary.tell_notices("Refused", [Notice(text=why)]) if refused else why
    return _Result(
        text=f"{plan_report.render(done.plan, 'text')}\npmsync: {why}",
        markdown=summary.join("### pmsync", heading, plan_report.render(done.plan, "markdown")),
        notes=(*_notes(errors, Level.ERROR), *_notes(done.plan.warnings, Level.WARNING)),
        outputs={"json": _save_json(runner, done)},
        code=FAILED if errors else 0,
    )


# ----------------------------------------------------------------------------- preview


def _preview(settings: Settings, session: Session, job: Job, runner: Runner) -> _Result:
    """Says what a pull request's documents would do, and what they lack."""
    reading = _select(session, job)
    done, problem = _try_plan(session, reading)
    plan = done.plan
    gaps = tuple(gap for postmortem in reading.chosen for gap in find_gaps(postmortem))
    unread = tuple(error for error in reading.errors if error.document in (reading.selected or ()))
    told = ""
    if plan.changes or plan.warnings or gaps or unread or problem:
        told = summary.join(
            "### Follow-ups in this pull request",
            problem,
            _tell_plan(plan),
            summary.tell_notices("Documents that cannot be read", unread),
            summary.tell_notices("What action items lack", gaps),
        )
    said = _comment(session, job, told) if settings.comment else ""
    nothing = "" if told else "This pull request changes nothing for the action items of postmortems."
    return _Result(
        text=plan_report.render(plan, "text"),
        markdown=summary.join("### pmsync", told or nothing, said),
        notes=(*_notes(unread, Level.ERROR), *_notes(plan.warnings + gaps, Level.WARNING)),
        outputs={"json": _save_json(runner, done)},
        code=FAILED if unread else 0,
    )


def _select(session: Session, job: Job) -> Reading:
    """Reads the documents, and selects those that the pull request changes."""
    changed = find_changed(session.root, job.bases, job.head)
    if changed is None:
        with session.connect() as connection:
            changed = ask_changed(connection, session.documents_repository, job.pull_request)
    reading = session.read()
    return replace(reading, selected=changed & reading.known)


def _try_plan(session: Session, reading: Reading) -> tuple[Done, str]:
    """Plans for the selected documents; says why where issues cannot be read, which is no failure here."""
    selected = reading.selected or frozenset()
    if not selected:
        return Done(plan=Plan()), ""
    try:
        plan = sync.run(session, reading).plan
    except TrackerError as error:
        warnings = tuple(warning for postmortem in reading.chosen for warning in postmortem.warnings)
        told = summary.tell_notices("No plan", [Notice(text=f"issues cannot be read here: {error}")])
        return Done(plan=Plan(warnings=warnings)), told
    errors = tuple(it for it in plan.errors if it.document in selected)
    warnings = tuple(it for it in plan.warnings if it.document in selected)
    if plan.excess:
        warnings += (Notice(text=f"a sync would refuse this: {plan.refusal}"),)
    return Done(plan=replace(plan, errors=errors, warnings=warnings)), ""


def _tell_plan(plan: Plan) -> str:
    if not plan.changes and not plan.warnings:
        return ""
    return plan_report.render(replace(plan, errors=(), orphans=()), "markdown")


def _comment(session: Session, job: Job, told: str) -> str:
    """Keeps the comment; returns what to say where the token may not."""
    try:
        with session.connect() as connection:
            stick(connection, session.documents_repository, job.pull_request, told or None)
    except Refused as refused:
        if refused.status in {403, 404}:
            return "_No comment: the token of this run may only read, as for a pull request from a fork._"
        return summary.tell_notices("No comment", [Notice(text=str(refused))])
    except TrackerError as error:
        return summary.tell_notices("No comment", [Notice(text=str(error))])
    return ""


# ----------------------------------------------------------------------------- telling


def _notes(notices: tuple[Notice, ...], level: Level) -> tuple[Note, ...]:
    return tuple(
        Note(level=level, title="pmsync", text=it.text, document=it.document, line=it.line) for it in notices
    )


def _save_json(runner: Runner, done: Done) -> str:
    """Writes the result where later steps find it, and returns its path."""
    file = runner.folder() / "pmsync.json"
    text = plan_report.render(done.plan, "json", outcomes=done.outcomes)
    file.write_text(text, encoding="utf-8", errors="replace")
    return str(file)
