"""The legal proceedings, told to the victim in plain words, the oldest first.

It holds what the victim is told anyway: her counsel, her own interviews, the charge, the trial, the judgment and what
she was awarded. It says nothing of the offence, of a suspect or of any support.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from contracts.view.case_view import CaseView
from contracts.view.parts.legal_status import Decision
from contracts.view.parts.proceedings import Charge, CounselTask, Verdict
from contracts.vocabulary.wording import Wording


def proceedings_told(case: CaseView) -> tuple[Wording, ...]:
    """One sentence for each step that the case knows, in the order of their days."""
    told = [*_counsel(case), *_interviews(case), *_charges(case), *_compensation(case)]
    return tuple(says for _, says in sorted(told, key=lambda step: step[0]))


_Told = Iterator[tuple[date, Wording]]


def _counsel(case: CaseView) -> _Told:
    for each in case.counsel:
        who, on = _COUNSEL[each.task], each.appointed_on
        yield on, Wording(f"On {on}, you got {who.en}.", f"Den {on} fick du {who.sv}.")


def _interviews(case: CaseView) -> _Told:
    for each in case.interviews:
        if each.held_on is not None:
            on = each.held_on
            yield on, Wording(f"On {on}, you were interviewed.", f"Den {on} hördes du.")
        elif each.planned_on is not None:
            on = each.planned_on
            yield on, Wording(f"On {on}, you are to be interviewed.", f"Den {on} ska du höras.")


def _charges(case: CaseView) -> _Told:
    for each in case.charges:
        on = each.charged_on
        yield on, Wording(f"On {on}, a prosecutor brought a charge.", f"Den {on} väckte en åklagare åtal.")
        if each.trial_starts_on is not None and each.judged_on is None:
            on = each.trial_starts_on
            yield on, Wording(f"On {on}, the trial begins.", f"Den {on} börjar rättegången.")
        if each.judged_on is not None and each.verdict is not None:
            yield each.judged_on, _judgment(each, each.judged_on, each.verdict)


def _judgment(charge: Charge, on: date, verdict: Verdict) -> Wording:
    words, awarded = _VERDICTS[verdict], charge.damages_awarded_sek
    if awarded:
        en, sv = f" You were awarded {awarded} SEK in damages.", f" Du tilldömdes {awarded} kr i skadestånd."
    else:
        en, sv = " You were awarded no damages.", " Du tilldömdes inget skadestånd."
    if charge.final:
        return Wording(f"On {on}, {words.en}.{en}", f"Den {on} {words.sv}.{sv}")
    return Wording(
        f"On {on}, {words.en}.{en} It may still be appealed.", f"Den {on} {words.sv}.{sv} Domen kan ännu överklagas."
    )


def _compensation(case: CaseView) -> _Told:
    for each in case.compensation:
        on = each.claimed_on
        if each.decision is Decision.PENDING:
            yield (
                on,
                Wording(
                    f"On {on}, compensation from the state was applied for; it is not decided yet.",
                    f"Den {on} söktes brottsskadeersättning; den är inte avgjord ännu.",
                ),
            )
        else:
            yield (
                on,
                Wording(
                    f"On {on}, compensation from the state was applied for; you get {each.awarded_sek} SEK.",
                    f"Den {on} söktes brottsskadeersättning; du får {each.awarded_sek} kr.",
                ),
            )


_COUNSEL: Final = {
    CounselTask.INJURED_PARTY: Wording("a lawyer for the trial", "ett målsägandebiträde"),
    CounselTask.PUBLIC_COUNSEL: Wording("a lawyer for your right to stay", "ett offentligt biträde"),
    CounselTask.LEGAL_AID: Wording("a lawyer by legal aid", "ett rättshjälpsbiträde"),
}

_VERDICTS: Final = {
    Verdict.CONVICTED: Wording("a court convicted the accused", "dömde en domstol den åtalade"),
    Verdict.PARTLY_CONVICTED: Wording(
        "a court convicted the accused of a part", "dömde en domstol den åtalade för en del"
    ),
    Verdict.ACQUITTED: Wording("a court acquitted the accused", "frikände en domstol den åtalade"),
    Verdict.DISMISSED: Wording("a court dismissed the charge", "avvisade en domstol åtalet"),
}
