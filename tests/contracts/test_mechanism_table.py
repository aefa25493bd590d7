"""The page that shows the whole mechanism says what the code says."""

from datetime import date
from pathlib import Path

import pytest

from contracts.chapters.detection import VictimDetected, case_begins_with_detection
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from contracts.law.decider import decide
from contracts.law.in_force import RULESETS, ruleset_in_force
from contracts.law.rule import Missing, Rule, missing, rule, stated
from contracts.law.ruleset import Ruleset
from contracts.published import mechanism_table
from contracts.sweden.rulesets import se_2016
from contracts.testing.canonical_cases import CANONICAL_CASE
from contracts.testing.given_when_then import Given, given, issued
from contracts.vocabulary.wording import Wording


def test_the_page_is_current() -> None:
    """Whoever changes the contracts regenerates the page."""
    assert mechanism_table.main(["--check"]) == 0


def test_every_event_and_rule_is_on_it() -> None:
    """With issuers, roles, both languages and sources."""
    page = mechanism_table.page()
    for name in (*EVENTS, *DIRECTORY_EVENTS):
        assert f"| `{name}` |" in page
    for ruleset in RULESETS:
        for each in ruleset.rules:
            assert all(text.replace("|", "&#124;") in page for text in (each.wording.en, each.wording.sv, each.source))
    assert "| police (investigation-leader), prosecutor (investigation-leader) | [R4](#r4) |" in page
    assert "leads it. | any agency | [R1](#r1), [R20](#r20) |" in page
    assert "derived from them. | any agency (service) | [R22](#r22) |" in page
    assert page.index('id="r2"') < page.index('id="r10"')
    assert "| SE-2016 |" in page
    assert "| from SE-2016 |" in page
    assert "| from SE-2022-08 |" in page


@pytest.mark.parametrize(
    ("rule_id", "en", "sv"),
    [
        ("R4", "a suspicion is enough to open one", "misstanke räcker"),
        ("R4", "the victim is formally identified by it", "formellt identifierad"),
        ("R7", "claims the state's share of its costs", "statens andel av kostnaderna"),
        ("R10", "whether or not the victim cooperates with the police", "oavsett om den utsatta samarbetar"),
        ("R10", "the national coordinator pays", "den nationella samordnaren betalar"),
    ],
)
def test_what_a_practitioner_looks_for_is_said(rule_id: str, en: str, sv: str) -> None:
    """From what threshold on, who pays and what share, and what plays no part: in every ruleset."""
    for ruleset in RULESETS:
        wordings = [each.wording for each in ruleset.rules if each.id == rule_id]
        assert any(en in wording.en and sv in wording.sv for wording in wordings)


def test_drift_is_found_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check fails when the page is missing or edited; writing mends it."""
    monkeypatch.setattr(mechanism_table, "PAGE", tmp_path / "mechanism.md")
    assert mechanism_table.main(["--check"]) == 1
    assert mechanism_table.main(["--write"]) == 0
    assert mechanism_table.main(["--check"]) == 0
    (tmp_path / "mechanism.md").write_text("edited")
    assert mechanism_table.main(["--check"]) == 1
    assert "mechanism.md differs" in capsys.readouterr().err


def test_all_rules_of_the_domain_are_there() -> None:
    """R1 to R20; inspections are R21, erasure R22, the directory R23, addressees R24, parts R25; acute danger R26, in
    the newest rulesets; legal proceedings are R27, duties to keep R31, receipts R32, and agencies outside the bus R33
    and R34, in those since SE-2024-04.
    """
    known = {f"R{number}" for number in range(1, 26)}
    for ruleset in RULESETS:
        more = {"R26"} if ruleset.id >= "SE-2026-07" else set[str]()
        more |= {"R27", "R31", "R32", "R33", "R34"} if ruleset.id >= "SE-2024-04" else set[str]()
        assert {each.id for each in ruleset.rules} == known | more


def test_a_stated_rule_refuses_nothing() -> None:
    """It is said and cited; what follows from it is computed elsewhere."""
    told = stated("R13", en="Open.", sv="Öppet.", source="Not in the sources: a test.")
    event = CANONICAL_CASE[0]
    assert told.check(given().case, event.event, event.by) is None
    assert told.judges == ()


def test_another_law_is_one_file() -> None:
    """A throwaway country's ruleset adds a rule and replaces another; the ones in force stay as they are."""

    @rule(
        "R1",
        VictimDetected,
        en="Nobody detects on this day.",
        sv="Ingen upptäcker.",
        source="Not in the sources: a test.",
    )
    def nobody_detects(case: object, event: object, by: object) -> Missing | None:
        return missing("Nobody detects.", "Ingen upptäcker.", "nobody")

    replaced: Rule = case_begins_with_detection
    elsewhere = se_2016.RULESET.amended("XX-2030", date(2030, 1, 1), replacing={replaced: nobody_detects})
    event = CANONICAL_CASE[0]
    refusal = decide(given().case, event.event, event.by, elsewhere)
    assert refusal is not None
    assert refusal.rule is nobody_detects
    assert refusal.missing.what == Wording("Nobody detects.", "Ingen upptäcker.")
    assert decide(given().case, event.event, event.by, ruleset_in_force(date(2030, 1, 1), event.by.recorded_at)) is None
    assert isinstance(elsewhere, Ruleset)
    assert elsewhere.in_force_from == date(2030, 1, 1)
    assert Given(given().case).when(issued(VictimDetected, "ngo-fyren")).then_taken().version == 1
