"""Tables: which column says what."""

import re
from dataclasses import dataclass

from pmsync.extract.outline import Block, Outline, Span
from pmsync.extract.vocabulary import fold, plain

COLUMNS = {
    "description": (
        "action item|action items|action|actions|task|tasks|todo|to do|item|items|description|measure|measures|what|follow up|follow ups|followup|"
        "remediation|remediation item|corrective action|corrective actions|preventive action|preventative action|corrective measure|preventive measure|improvement|improvements|recommendation|"
        "recommendations|work item|activity|next step|next steps|summary|title|work|deliverable|details|fix|solution|change|mesure|mesures|mesure a prendre|tache|taches|actions correctives|action corrective|"
        "accion|acciones|tarea|tareas|medida|medidas|descripcion|acao|acoes|tarefa|tarefas|descricao|o que|massnahme|massnahmen|aufgabe|aufgaben|beschreibung|aktion|was|step|steps|name|descr|prevention|quoi|que"
    ),
    "owner": (
        "owner|owners|assignee|assignees|assigned|assigned to|dri|responsible|responsible person|responsible party|responsibility|lead|who|by whom|poc|point of contact|person|accountable|action owner|owner s|owned by|"
        "responsable|responsables|porteur|proprietaire|qui|equipe|asignado|asignado a|propietario|encargado|quien|responsavel|dono|quem|verantwortlich|verantwortlicher|verantwortliche|wer|zustandig|team|owning team|owner team"
    ),
    "due": (
        "due|due date|deadline|eta|target|target date|by when|when|date|due by|timeline|timeframe|time frame|completion date|expected completion|estimated completion|target completion|deadline date|"
        "echeance|date limite|date cible|delai|quand|date prevue|fecha|fecha limite|plazo|vencimiento|cuando|prazo|data limite|data|quando|frist|fallig|fallig bis|bis|bis wann|termin|datum|wann|date due|due when|sprint|horizon"
    ),
    "priority": "priority|prio|severity|urgency|importance|importance level|p|priorite|niveau de priorite|prioridad|prioridade|prioritat|impact|sev|criticality|level",
    "type": "type|category|kind|class|area|component|categorie|tipo|categoria|typ|kategorie|art|theme|classification|item type|action type",
    "status": "status|state|done|complete|completed|progress|resolved|statut|etat|termine|fait|avancement|complet|estado|completado|hecho|situacao|concluido|zustand|erledigt|stand|finished|closed|current status",
    "issue": (
        "ticket|tickets|issue|issues|bug|bugs|bug id|jira|jira ticket|tracking|tracker|link|links|github|github issue|gh issue|pr|prs|pull request|reference|ref|tracking issue|tracking bug|tracking ticket|"
        "issue link|ticket link|url|de probleme|numero de probleme|lien|billet|tiquete|incidencia|enlace|chamado|issue pr|pr issue|issue number|vorgang|story|epic|linear|asana|ticket id|ticket number|work item link|tracking link|jira link|jira issue|ticket issue|issue ticket|pr link|bug ticket|reference link|gitlab issue|evidence"
    ),
    "id": "id|no|nr|num|number|sl no|s no|sno|n|numero|item id|action id|ai|index|ref no|item no|item number",
    "time": "time|time utc|utc|timestamp|hour|heure|heure utc|hora|uhrzeit|zeit|zeitpunkt|horario|date time|datetime|time pst|time cet|time pt|time pdt|time est|time gmt|event time|elapsed|day",
}
"""Header words (folded) by what a column holds."""

_BY_WORD = {word: name for name, words in reversed(COLUMNS.items()) for word in words.split("|")}
_FACTS = {"metric", "metrics", "field", "campo", "champ", "indicator", "indicador", "value", "valor", "valeur", "event", "events", "evenement", "evento", "question", "questions", "role", "before", "after", "factor", "symptom", "symptome", "version", "service", "environment", "env"}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table whose columns were understood.

    Attributes:
        outline: the document.
        headers: header cells as plain text.
        columns: index of the column by what it holds.
        rows: the body rows.
    """

    outline: Outline
    headers: tuple[str, ...]
    columns: dict[str, int]
    rows: tuple[Block, ...]

    @property
    def is_timeline(self) -> bool:
        """Whether its rows are events."""
        return "time" in self.columns

    @property
    def is_facts(self) -> bool:
        """Whether it lists facts or figures, rather than work."""
        return any(fold(header) in _FACTS for header in self.headers[:2]) and not self.is_tracker

    @property
    def is_tracker(self) -> bool:
        """Whether its header alone says that the rows are action items."""
        described = {fold(header) for header in self.headers}
        says = described & {"action item", "action items", "corrective action", "preventive action", "follow up", "remediation item", "actions correctives", "action corrective"}
        return bool(says) and bool({"owner", "due", "status", "issue"} & set(self.columns)) and not self.is_timeline

    def cell(self, row: Block, name: str) -> Span | None:
        """The cell of the named column; None where the table or the row has none."""
        index = self.columns.get(name)
        return row.cells[index] if index is not None and index < len(row.cells) else None

    def cell_text(self, row: Block, name: str) -> str:
        """The cell's source, without padding; empty where there is none."""
        span = self.cell(row, name)
        return self.outline.clean[slice(*span)].strip() if span else ""

    def description(self, row: Block) -> Span | None:
        """The cell that says what to do; None where the row says nothing."""
        span = self.cell(row, "description")
        if span is None or not plain(self.outline.clean[slice(*span)]).strip():
            return None
        return span


def read_table(outline: Outline, block: Block) -> Table | None:
    """Understands a table by its header; None where it has no rows or no cell to hold a description."""
    header, *body = block.children
    headers = tuple(plain(outline.clean[slice(*cell)]) for cell in header.cells)
    piped = "|" in outline.clean[header.start : header.end]
    rows = tuple(row for row in body if not piped or "|" in outline.clean[row.start : row.end])
    if not headers:
        return None
    columns: dict[str, int] = {}
    for index, title in enumerate(headers):
        name = _column(title)
        if name and name not in columns:
            columns[name] = index
    if "description" not in columns:
        columns["description"] = _longest_column(outline, rows, len(headers), columns)
    return Table(outline, headers, columns, rows)


def _column(title: str) -> str | None:
    words = fold(re.sub(r"\([^()]*\)", " ", title))
    if words in _BY_WORD:
        return _BY_WORD[words]
    if title.strip() in {"#", "№", "Nº", "N°"}:
        return "id"
    if re.search(r"\b(?:issue|ticket|bug|jira|tracking)\b", words) and not re.search(r"\bdescription\b", words):
        return "issue"
    for word in ("owner", "assignee", "responsible", "responsable", "responsavel"):
        if word in words.split():
            return "owner"
    for word in ("due", "deadline", "eta", "prazo", "echeance"):
        if word in words.split():
            return "due"
    if "priority" in words.split():
        return "priority"
    if "status" in words.split():
        return "status"
    if re.search(r"\b(?:action|actions|task|tasks|measure|measures|improvement|item|recommendation|mesure|tarefa|tarea|accion|acao|massnahme)\b", words):
        return "description"
    if words.startswith(("time ", "heure", "hora")):
        return "time"
    return None


def _longest_column(outline: Outline, rows: tuple[Block, ...], count: int, taken: dict[str, int]) -> int:
    """The column with the most text, where no header says which one holds the description."""
    free = [index for index in range(count) if index not in taken.values()] or list(range(count))
    return max(
        free,
        key=lambda index: sum(
            len(outline.clean[slice(*row.cells[index])].strip()) for row in rows if index < len(row.cells)
        ),
    )
