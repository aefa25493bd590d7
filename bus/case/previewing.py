"""A case that is only offered to this agency: the preview in place of the case, and our own answers judged on it. Pure.

Each event that changes the preview takes it along, sealed under the offer's own key (`ContentKey.offshoot`), which
opens nothing else. Of all other events the recipient sees the envelope alone. Once we have accepted and the keys of the
case have come, the case is folded anew from its beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bus.case import clear_erasures
from bus.case.case_keys import CaseKeys
from bus.case.judging import DetailsAsOpened, judge_sections, provenance
from bus.envelope.envelope import Envelope
from bus.errors import SealError
from bus.sealing.content import ContentKey, kid_of, open_with
from bus.sealing.keyring import Keys
from bus.void_event import VoidEvent
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.case_event import EVENTS
from contracts.event.sections import merged, read_core, read_whole
from contracts.privacy.offer_preview import as_previewed, offer_outside
from contracts.view.case_view import CaseView
from contracts.vocabulary.parts import OFFERS, Part

if TYPE_CHECKING:
    from bus.case.case_replica import CaseReplica
    from bus.directory.directory import Directory

After = tuple["CaseReplica", VoidEvent | None, bytes | None, Any]
"""The case after an event; the reason why the event is void, or None; its content and the event, if we opened it."""

_MALFORMED: Final = VoidEvent("unreadable", "the preview of the offer is malformed")


def after(case: CaseReplica, envelope: Envelope, directory: Directory, content: bytes | None) -> After:
    """Return a case that we cannot read after one more event, which has joined the chain.

    `content`: the core of the event, if we opened it. A malformed preview makes the event void, so that a person of our
    agency sees it; the next event about the offer brings another one.
    """
    heard = clear_erasures.heard(case, envelope, directory)
    if heard.state is not case.state:
        return replace(heard, previewed=()), None, content, None
    try:
        told = _told(heard, envelope)
        view = None if told is None else _read(heard, told[0], envelope)
    except (SealError, ValueError):
        return _previewing(heard, heard.state.advanced()) if heard.previewed else heard, _MALFORMED, None, None
    if view is None and not heard.previewed:
        return heard, None, content, None
    details, talk = _details(heard, envelope) if content is not None else (DetailsAsOpened(), None)
    void, event = None, _whole(envelope, content, details)
    if view is None:
        view, void = _judged(heard, envelope, content, details, directory)
    saw = view is not None or content is not None
    now = _previewing(heard, view or heard.state.advanced(), None if told is None else told[1], talk)
    if saw:
        now = replace(now, previewed=(*heard.previewed, envelope.version))
    if content is not None and details.content is not None:
        content = merged(content, details.content)
    return now, void, content, event


def noting_our_key(case: CaseReplica, envelope: Envelope) -> CaseReplica:
    """Return a case that we read, with the first key of an offer to us that opened something."""
    if case.first_offer_key is not None:
        return case
    try:
        told = _told(case, envelope)
    except SealError:
        return case
    return case if told is None else replace(case, first_offer_key=told[1])


def replies_after(
    case: CaseReplica, state: CaseView, envelope: Envelope, core: bytes, directory: Directory
) -> Mapping[str, str]:
    """Return the keys for replies after an event about an offer: its recipient replies under the key of its details.

    `case`: before the event. `state`: after it.
    """
    before, details = case.state, envelope.sections[1]
    outside = {each.agency for each in state.participants if each.is_offered}
    replies = {kid: agency for kid, agency in case.replies.items() if agency in outside}
    if not outside or details is None or before.is_offered(envelope.agency):
        return replies
    offer = offer_outside(before, state, read_core(envelope.type, core), provenance(envelope, directory))
    try:
        return replies if offer is None else {**replies, kid_of(details): offer.recipient}
    except SealError:
        return replies


def _told(case: CaseReplica, envelope: Envelope) -> tuple[bytes, ContentKey] | None:
    """Return the preview for us in an event, and the key that opened it. Raises SealError."""
    for sealed in envelope.previews:
        found = open_with(case.offer_keys, sealed, agency=envelope.agency, id=envelope.event_id)
        if found is not None:
            return found
    return None


def _read(case: CaseReplica, content: bytes, envelope: Envelope) -> CaseView:
    """Return the case as a preview shows it. Raises ValueError when it is none of an offer to us, by its referrer."""
    view = CaseView.model_validate_json(content)
    (offer,) = view.offers
    begins = (offer.id, offer.referrer) == (envelope.event_id, envelope.agency)
    known = bool(case.previewed) and any(each.id == offer.id for each in case.state.offers)
    if view.case_id != case.case_id or offer.recipient != case.reader or not (begins or known):
        raise ValueError("no preview for this agency")
    return as_previewed(view, offer).changed(version=envelope.version)


def _previewing(
    case: CaseReplica, state: CaseView, key: ContentKey | None = None, talk: ContentKey | None = None
) -> CaseReplica:
    """Return the case with this preview. `key`, `talk`: the keys of the offer that opened its core and its details."""
    core, dialogue = case.keys, case.keys_of(Part.DIALOGUE)
    current = key or core.current
    used = core.used if current is None or current in core.used else (*core.used, current)
    keys = CaseKeys(_with(core.held, case.offer_keys, Part.CORE), used, current)
    words = CaseKeys(_with(dialogue.held, case.offer_keys, Part.DIALOGUE), current=talk or dialogue.current)
    return replace(
        case,
        state=state,
        view=state,
        readers={case.reader: frozenset({Part.DIALOGUE})},
        stalled=frozenset(),
        keys=keys,
        part_keys={**case.part_keys, Part.DIALOGUE: words},
        first_offer_key=case.first_offer_key or current,
    )


def _with(held: Keys, offer_keys: Keys, part: Part) -> Keys:
    return (*held, *(key for key in offer_keys if key.compartment == OFFERS[part] and key not in held))


def _details(case: CaseReplica, envelope: Envelope) -> tuple[DetailsAsOpened, ContentKey | None]:
    event = EVENTS.get(envelope.event_name)
    return (DetailsAsOpened(), None) if event is None else case.details_of(envelope, event.part)


def _judged(
    case: CaseReplica, envelope: Envelope, content: bytes | None, details: DetailsAsOpened, directory: Directory
) -> tuple[CaseView | None, VoidEvent | None]:
    """Return the preview after an event without one: after our own answer, as its effect is."""
    if envelope.agency != case.reader or content is None or not envelope.in_sections:
        return None, None
    judged = judge_sections(case.state, envelope, content, details, directory)
    (offer,) = judged.state.offers
    return as_previewed(judged.state, offer), judged.void


def _whole(envelope: Envelope, content: bytes | None, details: DetailsAsOpened) -> Any:
    if content is None or not envelope.in_sections:
        return None
    try:
        return read_whole(envelope.type, content, details.content)
    except (InvalidEventError, UnknownEventTypeError):
        return None
