"""The law of the day since 2024: what it allows that the law before it refused, up to the day and from the day."""

import pytest
from harness.breaking_later_law import WITH_MUNICIPALITY, lately

from contracts.chapters.assistance import NeedsAssessed, SupportProvided
from contracts.testing.example_ids import MUNICIPALITY, NGO
from contracts.testing.given_when_then import given, issued
from contracts.vocabulary.choices import Service

URGENT = ("counselling-and-guidance", "health-care", "dental-care", "interpretation-and-translation")


@pytest.mark.parametrize("service", [*URGENT, "reception-allowance-or-social-assistance", "safe-accommodation"])
def test_help_that_cannot_wait_comes_before_a_plan(service: str) -> None:
    """R9: since April 2024, by anybody who gives support; on the day before, accommodation alone."""
    urgent = {"service": service, "emergency": True, "plan_id": None}
    before = given(*WITH_MUNICIPALITY)
    for agency in (NGO, MUNICIPALITY):
        case = before.when(lately(SupportProvided, agency, "2024-04-01", **urgent)).then_taken()
        assert case.support[-1].service == service
    earlier = before.when(lately(SupportProvided, NGO, "2024-03-31", **urgent))
    assert (earlier.refusal is None) is (service == Service.SAFE_ACCOMMODATION)


def test_help_that_the_assessment_calls_urgent_comes_before_a_plan() -> None:
    """R9: whatever it is."""
    needs = ["legal-support", "counselling-and-guidance"]
    assessed = issued(NeedsAssessed, MUNICIPALITY, needs=needs, urgent=["legal-support"])
    counsel = lately(SupportProvided, NGO, service="legal-support", emergency=True, plan_id=None)
    given(*WITH_MUNICIPALITY, assessed).when(counsel).then_taken()


@pytest.mark.parametrize("service", ["counselling-and-guidance", "social-services"])
def test_a_municipality_gives_some_services_without_an_assessment(service: str) -> None:
    """R9: from July 2025 on, without a plan and without an emergency; until then they follow a plan."""
    before, plain = given(*WITH_MUNICIPALITY), {"service": service, "plan_id": None}
    before.when(lately(SupportProvided, MUNICIPALITY, "2025-07-01", **plain)).then_taken()
    before.when(lately(SupportProvided, MUNICIPALITY, "2025-06-30", **plain)).then_refused("R9")


def test_help_that_cannot_wait_stays_allowed_in_2025() -> None:
    """R9: the newer rule adds to the older one."""
    care = lately(SupportProvided, NGO, "2025-07-01", service="health-care", emergency=True, plan_id=None)
    given(*WITH_MUNICIPALITY).when(care).then_taken()
