"""`stafett replay AGENCY --case CASE`: the past of one case, for a person in Swedish or English, or as JSON.

The file has over 250 lines because everything that is printed of a past stands here, with its words.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from bus.replay.account import (
    AsAgency,
    BothTexts,
    CaseDifference,
    ClosedPart,
    OtherVerdict,
    Replay,
    ReplayStep,
    ReplayStop,
)
from bus.replay.moment import ReplayError, moment
from bus.replay.past import StoredCase
from bus.replay.replaying import CaseReplayer, ReplayWish
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from contracts.calendar.days import SWEDISH_TIME
from contracts.privacy.past_reading import REASONS, ReadPart
from contracts.sweden.labels.swedish import LABELS
from contracts.view.difference import FieldChange
from contracts.vocabulary.parts import Part
from contracts.vocabulary.wording import Wording
from stafett.commands.home import directory_in, opened, settings_at

Language = Literal["en", "sv"]

_WORDS: Final = {
    "case": Wording("Case", "Ärende"),
    "version": Wording("version", "version"),
    "of": Wording("of", "av"),
    "as": Wording("as", "som"),
    "recorded": Wording("recorded", "registrerad"),
    "received": Wording("received", "mottagen"),
    "opened": Wording("could be opened", "gick att öppna"),
    "details": Wording("details", "uppgifter"),
    "unknown": Wording("not known", "inte känt"),
    "by-recorded": Wording("by when events were recorded", "efter när händelserna registrerades"),
    "by-received": Wording("by when they were received here", "efter när de togs emot här"),
    "not-kept": Wording(
        "when some were received was not kept; the time of recording stands for it",
        "när en del togs emot har inte sparats; tiden för registreringen används",
    ),
    "set-aside": Wording("no effect", "utan verkan"),
    "law": Wording("law", "lag"),
    "same": Wording("would have been judged the same", "skulle ha bedömts likadant"),
    "allowed": Wording("would have been allowed", "skulle ha varit tillåtet"),
    "refused": Wording("would have been refused", "skulle ha avvisats"),
    "unjudged": Wording("cannot be judged here", "går inte att bedöma här"),
    "core-only": Wording("by the rules of the core alone", "bara efter kärnans regler"),
    "cannot": Wording("cannot be opened here from version", "går inte att öppna här från version"),
    "no-digest": Wording("no view and no digest", "ingen vy och ingen kontrollsumma"),
    "outside": Wording("took no part in the case", "deltog inte i ärendet"),
    "erased": Wording("had destroyed its keys", "hade förstört sina nycklar"),
    "read": Wording("read", "läste"),
    "had-read": Wording("had read, until version", "hade läst, till och med version"),
    "since": Wording("since version", "sedan version"),
    "consent": Wording("consent", "samtycke"),
    "opens": Wording("opens events", "öppnar händelserna"),
    "no-opens": Wording("it could not open this", "den kunde inte öppna detta"),
    "not-shown": Wording("read there, not opened here", "lästes där, öppnas inte här"),
    "mismatch": Wording("keys and rules differ", "nycklar och regler skiljer sig"),
    "written": Wording("written as", "skriven som"),
    "digest": Wording("digest", "kontrollsumma"),
    "no-change": Wording("Nothing differs.", "Inget skiljer."),
    "none": Wording("There is no such case in this store.", "Det finns inget sådant ärende i det här lagret."),
}


@dataclass(frozen=True)
class Options:
    """The options of the command, as they were typed.

    `at`, `first`, `last`: versions or moments. `as_agency`: as which agency to read. `ruleset`: another ruleset to
    judge by. `language`: of what is printed.
    """

    at: str | None = None
    as_agency: str | None = None
    first: str | None = None
    last: str | None = None
    ruleset: str | None = None
    language: Language = "en"

    def require_fitting(self) -> None:
        """Raise ReplayError when some of the options contradict others."""
        if (self.first is None) != (self.last is None):
            parameter = "to" if self.last is None else "from"
            raise ReplayError(
                parameter, "half-a-difference", "Give both --from and --to.", "Ange både --from och --to."
            )
        if self.first is not None and (self.at is not None or self.ruleset is not None):
            raise ReplayError(
                "from",
                "conflicting",
                "--from and --to show a difference: leave out --at and --ruleset.",
                "--from och --to visar en skillnad: utelämna --at och --ruleset.",
            )


async def replay_case(home: Path | None, agency: str, case_id: str, options: Options, *, as_json: bool) -> int:
    """Print the past of a case. Returns 0; 1 when the store has no such case; 2 when it cannot be replayed so."""
    settings = settings_at(home, agency)
    try:
        options.require_fitting()
        async with opened(settings) as store:
            keyring = Keyring(store, Vault.load(settings.vault, settings.secrets))
            stored = await StoredCase.read(case_id, agency, store, keyring)
            if not stored.envelopes:
                print(_said("none", options.language), file=sys.stderr)
                return 1
            directory = await directory_in(store, settings)
        replayer = CaseReplayer(stored, directory, datetime.now(UTC), lambda event: LABELS.event(event).label)
        told = await _told(replayer, options)
    except ReplayError as error:
        print(f"--{error.parameter}: {_in(error.wording, options.language)}", file=sys.stderr)
        return 2
    if as_json:
        print(told.model_dump_json())
    else:
        printed = _of_replay(told, options) if isinstance(told, Replay) else _of_difference(told, options.language)
        print("\n".join(printed))
    return 0


async def _told(replayer: CaseReplayer, options: Options) -> Replay | CaseDifference:
    if options.first is not None and options.last is not None:
        begin, end = moment(options.first, "from"), moment(options.last, "to")
        return await replayer.difference(begin, end, options.as_agency)
    at = None if options.at is None else moment(options.at)
    every = len(replayer.stored.envelopes)
    return await replayer.replay(ReplayWish(at, options.as_agency, options.ruleset, limit=every))


def _in(words: Wording | BothTexts, language: Language) -> str:
    return words.sv if language == "sv" else words.en


def _said(name: str, language: Language) -> str:
    return _in(_WORDS[name], language)


def _of_replay(told: Replay, options: Options) -> Iterator[str]:
    sv = options.language
    for step in told.steps:
        yield from _of_step(step, sv)
    yield ""
    case, newest = f"{_said('case', sv)} {told.case_id}", f" ({_said('of', sv)} {told.newest})"
    version, _, how = _stop(told.at, sv).partition(",")
    yield f"{case}  {version}{newest}{how and ','}{how}"
    yield f"{_said('digest', sv)} {told.digest}" if told.digest else _said("no-digest", sv)
    for closed in told.cannot_open:
        yield _closed(closed, sv)
    yield from _of_reading(told.reading, sv)


def _of_step(step: ReplayStep, sv: Language) -> Iterator[str]:
    title = "" if step.title is None else f"{_in(step.title, sv)} "
    yield f"{step.version:>5}  {_time(step.recorded_at, sv)}  {step.agency:<18} {title}({step.type.split('.')[2]})"
    received, opened_at = _time(step.received_at, sv), _time(step.opened_at, sv)
    line = f"{_said('received', sv)} {received}, {_said('opened', sv)} {opened_at}"
    if step.opens_details is not None:
        line += f", {_said('details', sv)} ({step.part}) {_time(step.details_opened_at, sv)}"
    yield f"       {line}; {_said('law', sv)} {step.ruleset}"
    if not step.opens:
        yield f"       {_said('no-opens', sv)}"
    elif step.opens_details is False:
        yield f"       {_said('no-opens', sv)}: {_said('details', sv)} ({step.part})"
    if step.set_aside:
        yield f"       {_said('set-aside', sv)}: {step.set_aside}"
    if step.written is not None:
        yield f"       {_said('written', sv)} {step.type}: {json.dumps(step.written, ensure_ascii=False)}"
    if step.otherwise is not None:
        yield f"       {_verdict(step.otherwise, sv)}"
    yield from (f"       {_of_change(change)}" for change in step.changes if change.path != ("version",))


def _verdict(otherwise: OtherVerdict, sv: Language) -> str:
    name = "unjudged" if not otherwise.judged else "same" if not otherwise.differs else "allowed"
    if otherwise.differs and otherwise.rule is not None:
        name = "refused"
    line = f"{otherwise.ruleset}: {_said(name, sv)}"
    if otherwise.rule is not None and otherwise.missing is not None:
        line += f" ({otherwise.rule}: {_in(otherwise.missing, sv)})"
    return line + (f" ({_said('core-only', sv)})" if otherwise.core_only else "")


def _of_reading(read: AsAgency, sv: Language) -> Iterator[str]:
    if read.erased:
        yield f"{read.agency}: {_said('erased', sv)}"
    elif read.takes_part is False:
        yield f"{read.agency}: {_said('outside', sv)}"
    for each in read.parts:
        yield from _of_part(read.agency, each, sv)
    if read.not_shown:
        yield f"{_said('not-shown', sv)}: {', '.join(read.not_shown)}"
    for wrong in read.mismatches:
        yield f"{_said('mismatch', sv)}: {_said('version', sv)} {wrong.version} ({wrong.part}): {_in(wrong.text, sv)}"


def _of_part(agency: str, part: ReadPart, sv: Language) -> Iterator[str]:
    reads = _said("read", sv) if part.reads else f"{_said('had-read', sv)} {part.last}"
    yield f"{agency} {reads} {part.part}; {_said('opens', sv)} {_ranges(part.opens)}"
    for ground in part.grounds:
        about = f" [{ground.about}]" if ground.about else ""
        consents = f"; {_said('consent', sv)} {', '.join(ground.consents)}" if ground.consents else ""
        yield f"    {_in(REASONS[ground.reason], sv)}{about}, {_said('since', sv)} {ground.since}{consents}"


def _of_difference(told: CaseDifference, sv: Language) -> Iterator[str]:
    begin, end = _stop(told.before, sv), _stop(told.after, sv)
    yield f"{_said('case', sv)} {told.case_id}  {_said('as', sv)} {told.as_agency}: {begin} → {end}"
    yield from (_closed(closed, sv) for closed in told.cannot_open)
    if told.parts_before != told.parts_after:
        yield f"{_said('read', sv)}: {', '.join(told.parts_before)} → {', '.join(told.parts_after)}"
    if any(closed.part is Part.CORE for closed in told.cannot_open):
        yield _said("no-digest", sv)
    elif not told.changes:
        yield _said("no-change", sv)
    yield from map(_of_change, told.changes)


def _of_change(change: FieldChange) -> str:
    place = ".".join(map(str, change.path))
    before, after = (json.dumps(value, ensure_ascii=False) for value in (change.before, change.after))
    if change.added:
        return f"+ {place}: {after}"
    return f"- {place}: {before}" if change.removed else f"~ {place}: {before} → {after}"


def _closed(closed: ClosedPart, sv: Language) -> str:
    return f"{closed.part}: {_said('cannot', sv)} {closed.from_version or '?'}"


def _stop(stop: ReplayStop, sv: Language) -> str:
    line = f"{_said('version', sv)} {stop.version}"
    if stop.moment is not None:
        line += f", {_time(stop.moment, sv)}, {_said(f'by-{stop.by}', sv)}"
    return line + (f" ({_said('not-kept', sv)})" if stop.unknown else "")


def _time(moment: datetime | None, sv: Language) -> str:
    return _said("unknown", sv) if moment is None else f"{moment.astimezone(SWEDISH_TIME):%Y-%m-%d %H:%M:%S}"


def _ranges(versions: Sequence[int]) -> str:
    """Versions as ranges, such as `1–4, 7`."""
    found: list[list[int]] = []
    for version in versions:
        if found and found[-1][1] == version - 1:
            found[-1][1] = version
        else:
            found.append([version, version])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in found) or "–"
