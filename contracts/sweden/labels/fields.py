"""The labels of those fields that only events of Sweden have, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.vocabulary.wording import Wording

FIELDS: Final[Mapping[str, Wording]] = {
    "after": Wording("Support after the journey", "Stöd efter resan"),
    "age": Wording("Age", "Ålder"),
    "airport_assistance": Wording("Help at the airport", "Hjälp på flygplatsen"),
    "alert_id": Wording("Alert", "Underrättelse"),
    "alternatives": Wording("Alternatives that were explained", "Alternativ som har förklarats"),
    "appointed_on": Wording("Day of the appointment", "Dag för förordnandet"),
    "authority": Wording("Authority that confirms", "Myndighet som bekräftar"),
    "basis": Wording("How it is known", "Hur man vet det"),
    "before": Wording("Support before the journey", "Stöd före resan"),
    "called_112_at": Wording("When 112 was called", "När 112 ringdes upp"),
    "child_heard": Wording("The child was heard", "Barnet har hörts"),
    "child_view": Wording("The child's own view", "Barnets egen inställning"),
    "claim_id": Wording("Claim", "Ersättningsanspråk"),
    "claimed_on": Wording("Day of the claim", "Ansökningsdag"),
    "confirmed_on": Wording("Day of the confirmation", "Dag för bekräftelsen"),
    "danger": Wording("The danger", "Faran"),
    "decided_on": Wording("Day of the decision", "Beslutsdag"),
    "departs_on": Wording("Day of departure", "Avresedag"),
    "destination": Wording("Country of return", "Land att återvända till"),
    "dialogue_with_victim_on": Wording("Day of the dialogue with the person", "Dag för samtalet med personen"),
    "during": Wording("Support during the journey", "Stöd under resan"),
    "ended_on": Wording("Last day in force", "Sista giltighetsdag"),
    "ending": Wording("How it ended", "Hur det upphörde"),
    "escorted": Wording("With an escort", "Med ledsagare"),
    "extends": Wording("Permit to be prolonged", "Tillstånd som ska förlängas"),
    "findings": Wording("Findings", "Iakttagelser"),
    "ground": Wording("Ground in law", "Grund i lagen"),
    "guardian": Wording("Who is appointed", "Vem som är utsedd"),
    "guardian_consents": Wording(
        "The custodian or guardian consents", "Vårdnadshavare eller ställföreträdare samtycker"
    ),
    "in_best_interests": Wording("In the child's best interests", "För barnets bästa"),
    "industry": Wording("Industry", "Bransch"),
    "informed_in": Wording("Language in which the person was informed", "Språk som personen informerades på"),
    "inspected_on": Wording("Day of the inspection", "Inspektionsdag"),
    "inspection_id": Wording("Inspection", "Inspektion"),
    "investigation_id": Wording("Investigation", "Förundersökning"),
    "met_on_arrival": Wording("Met on arrival", "Mött vid ankomsten"),
    "outcome": Wording("Outcome", "Utfall"),
    "partners": Wording("Authorities that inspect with you", "Myndigheter som inspekterar tillsammans med er"),
    "permit_id": Wording("Permit", "Tillstånd"),
    "permit_until": Wording("Last day of the permit", "Tillståndets sista dag"),
    "person_told": Wording("The person knows of it", "Personen vet om det"),
    "planned_on": Wording("Planned day", "Planerad dag"),
    "police": Wording("Police", "Polis"),
    "provided_on": Wording("Day on which it was given", "Dag då det gavs"),
    "providers_consulted": Wording("Providers that were consulted", "Stödgivare som har rådfrågats"),
    "returned_on": Wording("Day of arrival", "Ankomstdag"),
    "share_percent": Wording("The state's share, in per cent", "Statens andel, i procent"),
    "step": Wording("Step that is assessed", "Steg som prövas"),
    "support_ids": Wording("Services that it pays for", "Insatser som ersättningen gäller"),
    "suspected_offence": Wording("Suspected offence", "Misstänkt brott"),
    "without_right_to_stay": Wording(
        "The right to stay that was found does not hold", "Rätten att vistas här vid upptäckten gäller inte"
    ),
    "valid_from": Wording("First day in force", "Första giltighetsdag"),
}
"""The label of each name that fields of Swedish events have."""
