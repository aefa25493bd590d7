"""The events that an agency may issue in a case now, and for each that it may not, the rule and who can supply what
is missing. It only reads the case and the directory.

It knows what the case says and nothing of what a person will fill in, so it judges the most favourable way that it
can find: `possible` is True when some way to fill the event in is lawful. A rule may ask for a field. Where the
values of that field are known (parts of the case, agencies, closed lists, yes or no), each is tried, the most
suitable first; where a person writes the value, that of the canonical example is tried, moved to today. `possible` is
False when every way is refused whatever the person would write, and None when a refusal hangs on something that was
only tried. The rules judge what is really filled in when it is sent. The file has over 250 lines because finding the
most favourable way is one search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from contracts.calendar.days import swedish_day
from contracts.chapters.erasure import holders_of
from contracts.chapters.referral import Certificate
from contracts.directory.entry import AgencyEntry
from contracts.directory.view import DirectoryView
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Fact
from contracts.law.decider import decide
from contracts.law.in_force import ruleset_in_force
from contracts.law.rule import Refusal
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.sweden.consent_texts import proposed_on
from contracts.sweden.geography.files import load
from contracts.sweden.guidance.event_form import (
    PARTS,
    Choice,
    FieldType,
    FormField,
    asked_outside,
    form_of,
    shape_of,
    values_of,
)
from contracts.sweden.guidance.reachable import refused_by_directory, signing_coordinator
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import Begun
from contracts.view.parts.consultation import Consultation
from contracts.vocabulary.agencies import NO_PERSON, AgencyId, Role
from contracts.vocabulary.wording import Wording

_AGENCIES_TRIED: Final = 10
"""The most suitable agencies that are tried for one field; there can be hundreds."""

_PARTS_TRIED: Final = 50
"""The newest parts of a case that are tried for one field; a case can have thousands."""


@dataclass(frozen=True)
class Action:
    """An event that the agency's people issue, and whether they may now.

    Attributes:
        event: the event.
        role: the role that its issuer has.
        possible: True if some way to fill it in is lawful; False if none is; None if that cannot be told.
        refusal: why not, of the most suitable way; None unless `possible` is False.
        fields: its fields, with what the case says of each.
    """

    event: type[CaseEvent]
    role: Role
    possible: bool | None
    refusal: Refusal | None
    fields: tuple[FormField, ...]


def actions(
    case: CaseView, roles: Mapping[type[CaseEvent], Role], by: Provenance, directory: DirectoryView
) -> tuple[Action, ...]:
    """Tell what an agency's people may do in a case that is open or was, in the order of the mandate.

    Args:
        case: the case.
        roles: the agency's mandate: for each event the role of its issuer. Events that open a case, and those that no
            person issues, are left out.
        by: who would issue it, and the moment; its id is of no event.
        directory: who can be asked.
    """
    listed = {
        event: role for event, role in roles.items() if role not in NO_PERSON and event.chapter is not Chapter.DETECTION
    }
    askable = _askable(case, by, directory)
    return tuple(_Ways(case, event, by, directory, askable).action(role) for event, role in listed.items())


@dataclass(frozen=True)
class _Verdict:
    possible: bool | None
    refusal: Refusal | None = None


_LAWFUL: Final = _Verdict(True)
_UNSURE: Final = _Verdict(None)


class _Ways:
    """The ways to fill in one event in one case."""

    def __init__(
        self,
        case: CaseView,
        event: type[CaseEvent],
        by: Provenance,
        directory: DirectoryView,
        askable: Sequence[AgencyEntry],
    ) -> None:
        self._case, self._event, self._by, self._directory, self._askable = case, event, by, directory, askable
        self._form = {field.name: field for field in form_of(event)}
        self._known: dict[str, tuple[Any, ...]] = {}

    def action(self, role: Role) -> Action:
        verdict = self._judged({})
        fields = tuple(map(self._in_this_case, self._form.values()))
        return Action(self._event, role, verdict.possible, verdict.refusal, fields)

    def _judged(self, filled: Mapping[str, Any], written: frozenset[str] = frozenset()) -> _Verdict:
        """The judgement on every way that agrees with what is filled in. `written`: the fields that a person writes.

        A rule that asks for a field which is not filled in yet meets an AttributeError: then the field's values are
        tried. So only fields that matter are, and a rule that objects without asking for any objects to all of them.
        """
        draft = self._draft(filled)
        try:
            refusal = self._refusal(draft)
        except AttributeError as error:
            asked = self._asked(error, draft)
        else:
            if refusal is None:
                return _LAWFUL
            known = {name: value for name, value in filled.items() if name not in written}
            return _Verdict(False, refusal) if not written or self._insists(refusal, known) else _UNSURE
        values = self._values(asked)
        if not values:
            return self._judged({**filled, asked: self._of_the_example(asked)}, written | {asked})
        return _best(self._judged({**filled, asked: value}, written) for value in values)

    def _asked(self, error: AttributeError, draft: CaseEvent) -> str:
        """The field that a rule asked for. Raises the error when it is about anything else."""
        if not isinstance(error.obj, type(draft)) or error.name not in self._form:  # rules of the core get its core
            raise error
        return error.name

    def _insists(self, refusal: Refusal, known: Mapping[str, Any]) -> bool:
        """True if the rule objects whatever a person writes: it does so without asking for that."""
        draft = self._draft(known)
        try:
            return (
                refusal.rule.check(self._case, draft, self._by) is not None
                or self._refused_by_directory(draft) is not None
            )
        except AttributeError as error:
            self._asked(error, draft)
            return False

    def _draft(self, filled: Mapping[str, Any]) -> CaseEvent:
        """The event with these fields alone, not even its defaults."""
        draft = self._event.model_construct(occurred_at=self._by.recorded_at, **filled)
        for name in self._form.keys() - filled.keys():
            vars(draft).pop(name, None)
        return draft

    def _refusal(self, draft: CaseEvent) -> Refusal | None:
        refusal = decide(self._case, draft, self._by, ruleset_in_force(draft.occurred_on, self._by.recorded_at))
        return self._refused_by_directory(draft) if refusal is None else refusal

    def _refused_by_directory(self, draft: CaseEvent) -> Refusal | None:
        return refused_by_directory(self._case, draft, self._by, self._directory)

    def _values(self, name: str) -> tuple[Any, ...]:
        """The values that are known for a field, the most suitable first; none when a person writes it."""
        if name not in self._known:
            self._known[name] = tuple(self._valued(self._form[name]))
        return self._known[name]

    def _valued(self, field: FormField) -> Iterator[Any]:
        example = self._of_the_example(field.name)
        if field.name in _FROM_ELSEWHERE:
            yield _FROM_ELSEWHERE[field.name](self)
            return
        match field.type:
            case FieldType.PART:
                single = [part.id for part in self._parts(field.name)]
            case FieldType.AGENCY if asked_outside(self._event, field.name):
                single = self._outside()
            case FieldType.AGENCY:
                fitting = (entry.agency for entry in self._askable if entry.kind in field.kinds)
                single = list(islice(fitting, _AGENCIES_TRIED))
            case FieldType.CHOICE:
                members = shape_of(self._event, field.name).members
                single = sorted(members, key=lambda member: member not in values_of(example))
            case FieldType.YES_OR_NO:
                yield from (example, not example)
                return
            case _:
                return
        single = single or list(values_of(example))  # there is none, which a rule says
        if not field.required:
            yield self._event.model_fields[field.name].default
        yield from ((one,) for one in single) if field.several else single
        if field.several and len(single) > 1:
            yield tuple(single)

    def _of_the_example(self, name: str) -> Any:
        example = self._event.canonical()
        return _moved(getattr(example, name), example.occurred_at, self._by.recorded_at)

    def _parts(self, name: str) -> tuple[Begun, ...]:
        """The parts of the case that a field may name, the newest first; of very many, the newest."""
        held = [part for where in PARTS[name] for part in values_of(getattr(self._case, where))]
        return tuple(held[: -_PARTS_TRIED - 1 : -1])

    def _outside(self) -> list[AgencyId]:
        """The agencies outside the bus that a consent covers, then those of the place where the person was met."""
        geography, case = load(), self._case
        consented = [recipient for consent in reversed(case.consents) for recipient in consent.recipients]
        places = geography.municipalities.get(case.municipality or ""), geography.counties.get(case.region or "")
        named = dict.fromkeys((*consented, *(place.agency for place in places if place is not None)))
        return [each for each in named if self._directory.entry(each) is None][:_AGENCIES_TRIED]

    def certificate(self) -> Certificate | None:
        """The agency's own certificate in force, as an acceptance names it (R15)."""
        entry = self._directory.entry(self._by.agency)
        held = None if entry is None else entry.certification(swedish_day(self._by.recorded_at))
        return None if held is None else Certificate(id=held.id, valid_until=held.valid_until)

    def holders(self) -> tuple[str, ...]:
        """Everybody who holds something of the case."""
        return holders_of(self._case)

    def consent_text(self) -> str | None:
        """The text that is explained today before somebody consents."""
        text = proposed_on(swedish_day(self._by.recorded_at))
        return None if text is None else text.id

    def language(self) -> str | None:
        """The language of the person."""
        return self._case.language

    def _in_this_case(self, field: FormField) -> FormField:
        """The field with what the case says: the value that there is, or the parts that it may name.

        A part is the default when it is the only one that awaits something, and the event mostly names one.
        """
        if field.name in _FROM_ELSEWHERE:
            return field.model_copy(update={"default": to_jsonable_python(_FROM_ELSEWHERE[field.name](self))})
        if self._event is ReturnRequested and field.name == "coordinator":
            return field.model_copy(update={"default": signing_coordinator(self._case, self._directory)})
        if field.type is not FieldType.PART:
            return field
        fitting = [part for part in self._parts(field.name) if self._fits(field, part)]
        choices = tuple(Choice(value=part.id, label=_told(part, self._directory)) for part in fitting)
        default: JsonValue = None
        awaiting = [part.id for part in fitting if not (isinstance(part, Consultation) and part.answered)]
        if len(awaiting) == 1 and field.name in self._event.example:
            default = [awaiting[0]] if field.several else awaiting[0]
        return field.model_copy(update={"choices": choices, "default": default})

    def _fits(self, field: FormField, part: Begun) -> bool:
        named = (part.id,) if field.several else part.id
        return self._judged({field.name: named}).possible is not False


_FROM_ELSEWHERE: Final = {
    "certificate": _Ways.certificate,
    "explained_in": _Ways.language,
    "explained_text": _Ways.consent_text,
    "holders": _Ways.holders,
}
"""The fields whose one value the case or the directory tells, or a list of texts proposes."""


def _askable(case: CaseView, by: Provenance, directory: DirectoryView) -> list[AgencyEntry]:
    """The other agencies that can be asked: those that a consent covers, that take part, that are near come first."""
    found = [entry for entry in directory.agencies if entry.agency != by.agency and not entry.suspended]
    consented = case.consented([entry.agency for entry in found], swedish_day(by.recorded_at))
    taking_part = {participant.agency for participant in case.participants}

    def rank(entry: AgencyEntry) -> tuple[bool, bool, bool, bool, str]:
        return (
            not consented[entry.agency],
            entry.agency not in taking_part,
            entry.municipality is None or entry.municipality != case.municipality,
            entry.region is None or entry.region != case.region,
            entry.agency,
        )

    return sorted(found, key=rank)


def _best(verdicts: Iterable[_Verdict]) -> _Verdict:
    """Lawful if any is; unsure if any is; otherwise the first, which is of the most suitable value."""
    found: list[_Verdict] = []
    for verdict in verdicts:
        if verdict.possible:
            return verdict
        found.append(verdict)
    return _UNSURE if _UNSURE in found else found[0]


def _moved(value: Any, since: datetime, to: datetime) -> Any:
    """A value of an example, with its days and moments as far from one moment as they were from another."""
    match value:
        case datetime():
            return value + (to - since)
        case date():
            return value + (swedish_day(to) - swedish_day(since))
        case tuple():
            return tuple(_moved(one, since, to) for one in value)
        case Fact():
            return value.model_copy(update={name: _moved(one, since, to) for name, one in value})
    return value


def _told(part: Begun, directory: DirectoryView) -> Wording:
    """A part of the case in plain words: its agencies, its values and its days."""
    said = [words for name, value in part for words in _words(type(part), name, value, directory)]
    return Wording(", ".join(one.en for one in said), ", ".join(one.sv for one in said))


def _words(part: type[Begun], name: str, value: Any, directory: DirectoryView) -> Iterator[Wording]:
    shape = shape_of(part, name)
    for one in values_of(value):
        if shape.holds is FieldType.AGENCY:
            entry = directory.entry(one)
            called = one if entry is None else entry.name
            yield Wording(called, called)
        elif shape.holds is FieldType.CHOICE and type(one) in LABELS.values:
            yield LABELS.value(one)
        elif shape.holds in (FieldType.DAY, FieldType.MOMENT):
            day = swedish_day(one) if isinstance(one, datetime) else one
            yield Wording(day.isoformat(), day.isoformat())
