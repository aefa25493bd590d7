"""The words of the events of the directory: who is on the bus, certificates, free places, trainings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.directory.events import (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    Audience,
    CapacityAnnounced,
    DelegateNamed,
    ProviderCertified,
    SuspensionReason,
    TrainingHeld,
)
from contracts.event.published_event import PublishedEvent
from contracts.labels.words import EventWords, Values
from contracts.vocabulary.wording import Wording

EVENT_WORDS: Final[Mapping[type[PublishedEvent], EventWords]] = {
    AgencyAdmitted: EventWords(
        Wording("Admit an agency to the bus", "Ansluta en aktör till bussen"),
        Wording(
            "The agency can sign events of its duties from now on.",
            "Aktören kan signera händelser som hör till dess uppgifter från och med nu.",
        ),
        {"name": Wording("Name of the agency", "Aktörens namn"), "kind": Wording("Kind of agency", "Slag av aktör")},
    ),
    AgencyDutiesChanged: EventWords(
        Wording("Change what an agency may issue", "Ändra vad en aktör får registrera"),
        Wording(
            "The agency may issue these events from now on, and no others.",
            "Aktören får registrera de här händelserna från och med nu, och inga andra.",
        ),
    ),
    AgencyKeyRotated: EventWords(
        Wording("Replace an agency's keys", "Byta en aktörs nycklar"),
        Wording(
            "The agency signs with the new key from now on; what it signed before stays signed.",
            "Aktören signerar med den nya nyckeln från och med nu; det som redan är signerat gäller som förut.",
        ),
        {
            "replaces": Wording("Id of the key that it replaces", "Id för nyckeln som byts ut"),
            "valid_from": Wording("When the new key begins to count", "När den nya nyckeln börjar gälla"),
        },
    ),
    AgencySuspended: EventWords(
        Wording("Suspend an agency", "Stänga av en aktör"),
        Wording(
            "Nobody on the bus believes anything new from the agency, for good.",
            "Ingen på bussen litar på något nytt från aktören, för alltid.",
        ),
    ),
    ProviderCertified: EventWords(
        Wording("Certify a provider", "Certifiera en utförare"),
        Wording(
            "The provider may accept referrals within the National Support Programme until the last day.",
            "Utföraren får ta emot hänvisningar inom det nationella stödprogrammet till och med sista dagen.",
        ),
        {
            "services": Wording("Services that are certified", "Insatser som certifieras"),
            "valid_from": Wording("First day of the certificate", "Certifikatets första dag"),
        },
    ),
    CapacityAnnounced: EventWords(
        Wording("Announce free places", "Meddela lediga platser"),
        Wording(
            "Everybody on the bus sees how many places the provider has free for the service.",
            "Alla på bussen ser hur många lediga platser utföraren har för insatsen.",
        ),
    ),
    DelegateNamed: EventWords(
        Wording("Name who receives for an agency", "Ange vem som tar emot åt en aktör"),
        Wording(
            "Whoever wants to reach an agency that is not on the bus is told of the delegate.",
            "Den som vill nå en aktör utanför bussen får veta vem som tar emot åt den.",
        ),
    ),
    TrainingHeld: EventWords(
        Wording("Report a training", "Registrera en utbildning"),
        Wording(
            "Everybody on the bus sees which professionals have been trained, in what and when.",
            "Alla på bussen ser vilka yrkesgrupper som har utbildats, i vad och när.",
        ),
        {"topic": Wording("Topic of the training", "Utbildningens ämne")},
    ),
}

FIELDS: Final[Mapping[str, Wording]] = {
    "agency": Wording("Agency", "Aktör"),
    "audience": Wording("For whom it was", "Vilka den var för"),
    "delegate": Wording("Who receives instead", "Vem som tar emot i stället"),
    "duties": Wording("Events that the agency may issue", "Händelser som aktören får registrera"),
    "key_id": Wording("Id of the signing key", "Signeringsnyckelns id"),
    "participants": Wording("Number of participants", "Antal deltagare"),
    "phone": Wording("Phone number of the delegate", "Telefonnummer till den som tar emot"),
    "places": Wording("Free places", "Lediga platser"),
    "public_key": Wording("Public signing key", "Publik signeringsnyckel"),
    "sealing_key": Wording("Public sealing key", "Publik förseglingsnyckel"),
    "suspended_from": Wording("When the suspension begins", "När avstängningen börjar"),
    "takes_children": Wording("Takes children", "Tar emot barn"),
}

VALUES: Final[Values] = {
    SuspensionReason: {
        SuspensionReason.KEY_LOST: Wording("a key is lost or stolen", "en nyckel är borttappad eller stulen"),
        SuspensionReason.MISUSE: Wording("misuse", "missbruk av anslutningen"),
        SuspensionReason.MANDATE_ENDED: Wording("its mandate has ended", "uppdraget har upphört"),
        SuspensionReason.AT_OWN_REQUEST: Wording("at the agency's own request", "på aktörens egen begäran"),
        SuspensionReason.OTHER: Wording("another reason", "annat skäl"),
    },
    Audience: {
        Audience.POLICE: Wording("the police", "polisen"),
        Audience.PROSECUTORS: Wording("prosecutors", "åklagare"),
        Audience.MIGRATION: Wording("migration officers", "handläggare på Migrationsverket"),
        Audience.SOCIAL_SERVICES: Wording("social services", "socialtjänsten"),
        Audience.HEALTH_CARE: Wording("health care", "hälso- och sjukvården"),
        Audience.CIVIL_SOCIETY: Wording("civil society", "civilsamhället"),
        Audience.LABOUR_INSPECTORS: Wording("labour inspectors", "arbetsmiljöinspektörer"),
        Audience.COUNTIES_AND_MUNICIPALITIES: Wording("counties and municipalities", "län och kommuner"),
        Audience.OTHER: Wording("others", "andra"),
    },
}
