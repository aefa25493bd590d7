"""The texts that are explained to a victim before she consents. A text that was listed once never changes, nor leaves.

A consent names the text that was explained by its id (`ConsentGiven.explained_text`). No rule asks for it, since an
agency may have a text of its own: it gives that an id that begins with its own.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from contracts.event.fact import Fact
from contracts.vocabulary.wording import Wording


class ConsentText(Fact):
    """A text, in both languages.

    Attributes:
        id: its id; a new wording has another.
        since: the first Swedish day on which it is proposed.
        title: its title.
        paragraphs: its paragraphs, in order.
    """

    id: str
    since: date
    title: Wording
    paragraphs: tuple[Wording, ...]


CONSENT_TEXTS: Final = (
    ConsentText(
        id="consent-2026-1",
        since=date(2026, 11, 28),
        title=Wording("Sharing what you tell us", "Att dela det du berättar"),
        paragraphs=(
            Wording(
                "We want to tell some agencies about you so that they can help you. We name each agency, and say what "
                "it is to help with and what it will be told.",
                "Vi vill berätta för några aktörer om dig så att de kan hjälpa dig. Vi säger vilka de är, vad var och "
                "en ska hjälpa till med och vad den får veta.",
            ),
            Wording(
                "You decide. You may say yes to some and no to others. If you say no you still get help from us.",
                "Det är du som bestämmer. Du får säga ja till några och nej till andra. Säger du nej får du ändå hjälp "
                "av oss.",
            ),
            Wording(
                "You may change your mind at any time, and need not say why. Then nothing more is told. What has been "
                "read has been read.",
                "Du får ändra dig när som helst och behöver inte säga varför. Då berättas inget mer. Det som någon "
                "redan har läst går inte att göra oläst.",
            ),
            Wording(
                "Your yes ends on a day that we tell you. We ask again if it is needed for longer.",
                "Ditt ja slutar gälla en dag som vi berättar för dig. Vi frågar igen om det behövs längre.",
            ),
            Wording(
                "Whoever reads your name or how to reach you leaves a trace. You may ask who has read it.",
                "Den som läser vad du heter eller hur du nås lämnar ett spår. Du får fråga vem som har läst det.",
            ),
            Wording(
                "If you are under 18, or somebody is in danger, the law obliges us to tell some authorities even "
                "without your yes. We tell you when we do.",
                "Är du under 18 år, eller är någon i fara, måste vi enligt lag berätta för vissa myndigheter även utan "
                "ditt ja. Vi säger till när vi gör det.",
            ),
        ),
    ),
)
"""Every text that was ever listed, the oldest first."""


def proposed_on(day: date) -> ConsentText | None:
    """The newest text on a Swedish day; None before the first."""
    return next((text for text in reversed(CONSENT_TEXTS) if text.since <= day), None)
