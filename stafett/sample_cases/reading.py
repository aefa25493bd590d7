"""What an agency reads of a case and what it does not, as a step of a story: a step that is not so stops the story."""

from __future__ import annotations

from http import HTTPStatus

from contracts.vocabulary.parts import Part
from stafett.sample_cases.teller import Teller


def reads(
    case: Teller, agency: str, *parts: Part, texts: tuple[str, ...] = (), not_texts: tuple[str, ...] = ()
) -> None:
    """An agency reads the core and exactly these parts; its view and history have some texts, and not some others.

    In a second telling the case has gone on, and other things may be read. Raises StoryError when it is not so.
    """
    if case.goes_on(agency):
        return
    case.wait_until_seen(agency)
    view = case.asks(agency, "")
    found = {*view.json()["parts"]}
    if found != {Part.CORE, *parts}:
        raise case.stuck(agency, f"it reads {', '.join(sorted(found))}")
    told = view.text + case.asks(agency, "/events").text
    if any(text not in told for text in texts) or any(text in told for text in not_texts):
        raise case.stuck(agency, "it reads other texts than it should")
    case.progress(f"  {agency:>21}  reads: {', '.join(('core', *sorted(parts)))}")


def reads_a_preview(case: Teller, agency: str, offer: str, *, not_texts: tuple[str, ...] = ()) -> None:
    """An agency that is offered the case reads the preview of the offer, without some texts, and nothing of the case.

    In a second telling it may have accepted. Raises StoryError when it is not so.
    """
    if case.goes_on(agency):
        return
    case.wait_until_seen(agency)
    told = case.asks(agency, f"/offers/{offer}/preview")
    if told.status_code != HTTPStatus.OK or any(text in told.text for text in not_texts):
        raise case.stuck(agency, "it does not read the preview that it should")
    if case.view(agency) is not None or case.history(agency):
        raise case.stuck(agency, "it reads a case that it has not accepted")
    case.progress(f"  {agency:>21}  reads: the preview of the offer")


def knows_nothing(case: Teller, agency: str) -> None:
    """The case does not exist for an agency. Raises StoryError when it does, unless the story is told again."""
    if case.goes_on(agency):
        return
    if case.view(agency) is not None or case.history(agency):
        raise case.stuck(agency, "it reads a case in which it takes no part")
    case.progress(f"  {agency:>21}  reads nothing")
