"""The status report as JSON and CSV, and from JSON back: several repositories' reports make one. Pure."""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any, Literal

from pmsync.errors import UsageError
from pmsync.model import ActionItem, Issue, IssueRef, Kind, Status, one_spelling
from pmsync.reports.echoes import Echo
from pmsync.reports.figures import Figures
from pmsync.reports.follow_ups import (
    ELSEWHERE,
    FollowUp,
    Incident,
    StatusReport,
    assemble,
    parse_day,
)
from pmsync.reports.items import json_item
from pmsync.text import shown

COLUMNS = (
    "repository", "document", "line", "postmortem", "date", "severity", "title", "status", "owner", "team",
    "priority", "type", "due", "due_by", "opened", "closed", "age_days", "overdue_days", "issue", "url",
    "shares_issue", "echo",
)  # fmt: skip
"""Of the CSV, in their order; further ones may be added at the end."""

_FORMULA = re.compile(r"[=+\-@\t\r]")
"""What a spreadsheet takes for the start of a formula ("CSV Injection" of OWASP)."""


def render_json(report: StatusReport, figures: Figures, listed: Sequence[FollowUp]) -> str:
    """Returns the report as JSON, with these of its follow-ups."""
    value = {
        "generated": report.generated.astimezone(UTC).isoformat(timespec="seconds"),
        "source": report.source,
        "repositories": list(report.repositories),
        "figures": figures.as_json(),
        "follow_ups": [_json_follow_up(follow_up) for follow_up in listed],
        "postmortems": [_json_incident(incident) for incident in report.incidents],
        "orphans": [
            {"number": issue.ref.number, "url": issue.url, "title": issue.title} for issue in report.orphans
        ],
    }
    return shown(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def render_csv(listed: Sequence[FollowUp]) -> str:
    """Returns follow-ups as CSV (RFC 4180), a header first; no cell begins like a formula."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for follow_up in listed:
        told = _json_follow_up(follow_up)
        told |= {
            "date": told["postmortem_date"],
            "team": ", ".join(told["teams"]),
            "due": told["due_date"] or told["due"],
            "issue": follow_up.number,
            "url": follow_up.url,
            "shares_issue": follow_up.shares_issue or None,
            "echo": str(follow_up.echo) if follow_up.echo else None,
        }
        writer.writerow([_cell(told[column]) for column in COLUMNS])
    return out.getvalue()


def read_reports(texts: Mapping[str, str]) -> StatusReport:
    """Makes one report of several repositories' own, each as `status --format json` wrote it.

    Ages are told by the day of the newest; echoes are looked for over all of them.

    Args:
        texts: by the name of its file.

    Raises:
        UsageError: one is no such report.
    """
    read = [_read_report(name, text) for name, text in texts.items()]
    names = [name.casefold() for each in read for name in each.repositories]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise UsageError(f"two of the reports are of {shown(twice)}: name one of each repository")
    return assemble(
        [incident for each in read for incident in each.incidents],
        [follow_up for each in read for follow_up in each.follow_ups],
        generated=max(each.generated for each in read),
        source="tracker" if all(each.source == "tracker" for each in read) else "documents",
        orphans=[orphan for each in read for orphan in each.orphans],
        repositories=[name for each in read for name in each.repositories],
    )


def _cell(value: object) -> str:
    words = shown("" if value is None else str(value).lower() if isinstance(value, bool) else str(value))
    return f"'{words}" if isinstance(value, str) and _FORMULA.match(words) else words


# ------------------------------------------------------------------------------ to JSON


def _json_incident(incident: Incident) -> dict[str, Any]:
    return {
        "document": incident.document,
        "repository": incident.repository or None,
        "title": incident.title,
        "date": incident.day.isoformat() if incident.day else None,
        "severity": incident.severity,
        "url": incident.url,
        "is_other": incident.is_other,
    }


def _json_follow_up(follow_up: FollowUp) -> dict[str, Any]:
    days = {name: getattr(follow_up, name) for name in ("opened", "filed", "closed")}
    return json_item(follow_up.item) | {
        "anchor": follow_up.item.anchor,
        "owner": ", ".join(follow_up.owners) or None,
        "owners": list(follow_up.owners),
        "teams": list(follow_up.teams),
        "issue": {"number": follow_up.number, "url": follow_up.url, "status": follow_up.status}
        if follow_up.number
        else None,
        "status": follow_up.status,
        "repository": follow_up.incident.repository or None,
        "postmortem": follow_up.incident.title,
        "postmortem_date": follow_up.incident.day.isoformat() if follow_up.incident.day else None,
        "severity": follow_up.severity,
        "due_date": follow_up.due.isoformat() if follow_up.due else None,
        "due_by": follow_up.due_by,
        **{name: day.isoformat() if day else None for name, day in days.items()},
        "age_days": follow_up.age_days,
        "overdue_days": follow_up.overdue_days,
        "shares_issue": follow_up.shares_issue,
        "echo": _json_echo(follow_up.echo) if follow_up.echo else None,
    }


def _json_echo(echo: Echo) -> dict[str, Any]:
    return {
        "document": echo.document,
        "repository": echo.repository or None,
        "line": echo.line,
        "date": echo.day.isoformat() if echo.day else None,
        "status": echo.status,
        "overdue_days": echo.overdue_days,
        "url": echo.url,
    }


# ---------------------------------------------------------------------------- from JSON


def _read_report(name: str, text: str) -> StatusReport:
    """Returns one repository's report; ages and echoes are told when it is put beside others."""
    try:
        value = json.loads(text)
        generated = datetime.fromisoformat(value["generated"])
        repositories = tuple(_text(each) for each in value["repositories"]) or (name,)
        known = {
            it.key: it for each in value["postmortems"] for it in [_read_incident(each, repositories[0])]
        }
        source: Literal["tracker", "documents"] = "tracker" if value["source"] == "tracker" else "documents"
        return StatusReport(
            generated=generated if generated.tzinfo else generated.replace(tzinfo=UTC),
            source=source,
            incidents=tuple(known.values()),
            follow_ups=tuple(_read_follow_up(each, known, repositories[0]) for each in value["follow_ups"]),
            orphans=tuple(
                Issue(
                    ref=IssueRef(repositories[0], int(each["number"])),
                    url=_text(each["url"]),
                    title=_text(each["title"]),
                )
                for each in value["orphans"]
            ),
            repositories=repositories,
        )
    except RecursionError:
        problem = "it nests too deeply"
    except KeyError as error:
        problem = f"{error} is missing"
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        problem = str(error)
    raise UsageError(
        f"{shown(name)} is no report of `pmsync status --format json` ({shown(problem)}): make it anew"
    )


def _read_incident(value: Mapping[str, Any], repository: str) -> Incident:
    severity = _text_or_none(value["severity"])
    return Incident(
        document=_text(value["document"]),
        repository=_text_or_none(value["repository"]) or repository,
        title=_text(value["title"]),
        day=parse_day(value["date"]),
        severity=one_spelling(severity) if severity else None,
        url=_text_or_none(value["url"]),
        is_other=value["is_other"] is True,
    )


def _read_follow_up(
    value: Mapping[str, Any], known: Mapping[tuple[str, str], Incident], repository: str
) -> FollowUp:
    status = _text(value["status"])
    if status not in {*Status, ELSEWHERE}:
        raise ValueError(f"{status!r} is no status")
    key = ((_text_or_none(value["repository"]) or repository).casefold(), _text(value["document"]))
    issue, due_by = value["issue"] or {}, value["due_by"]
    return FollowUp(
        item=ActionItem(
            document=_text(value["document"]),
            line=int(value["line"]),
            end_line=int(value["end_line"]),
            kind=Kind(value["kind"]),
            section=_text(value["section"]),
            anchor=_text(value.get("anchor", "")),  # reports of earlier versions have none
            title=_text(value["title"]),
            body=_text(value["body"]),
            done=value["done"] is True,
            owner=_text_or_none(value["owner"]),
            due=_text_or_none(value["due"]),
            priority=_text_or_none(value["priority"]),
            type=_text_or_none(value["type"]),
            links=tuple(_text(link) for link in value["links"]),
        ),
        incident=known[key],
        number=int(issue["number"]) if issue else None,
        url=_text_or_none(issue["url"]) if issue else None,
        status=status,
        owners=tuple(_text(each) for each in value["owners"]),
        teams=tuple(_text(each) for each in value["teams"]),
        due=parse_day(value["due_date"]),
        due_by="policy" if due_by == "policy" else "stated" if due_by else None,
        opened=parse_day(value["opened"]),
        filed=parse_day(value["filed"]),
        closed=parse_day(value["closed"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
