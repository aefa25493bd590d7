"""The labels of the values of closed lists that only Sweden has. It is a list, so it has over 250 lines."""

from __future__ import annotations

from typing import Final

from contracts.labels.words import Values
from contracts.sweden.chapters.asylum import AsylumOutcome
from contracts.sweden.chapters.child_safeguards import AgeFound
from contracts.sweden.chapters.identification import InvestigationOutcome, Offence
from contracts.sweden.chapters.labour import Finding, Industry
from contracts.sweden.chapters.reflection_period import ReflectionRefusal
from contracts.sweden.chapters.residence_permit import PermitRefusal
from contracts.sweden.chapters.return_choice import Alternative, ReceivingAuthority
from contracts.sweden.chapters.voluntary_return import ReturnRefusal, ReturnSupport
from contracts.sweden.geography.regions import CoordinatorRegion
from contracts.vocabulary.wording import Wording

VALUES: Final[Values] = {
    AsylumOutcome: {
        AsylumOutcome.REFUGEE_STATUS: Wording("refugee status", "flyktingstatus"),
        AsylumOutcome.SUBSIDIARY_PROTECTION: Wording("subsidiary protection", "status som alternativt skyddsbehövande"),
        AsylumOutcome.PARTICULARLY_DISTRESSING_CIRCUMSTANCES: Wording(
            "particularly distressing circumstances", "synnerligen ömmande omständigheter"
        ),
        AsylumOutcome.REFUSED: Wording("refused", "avslag"),
        AsylumOutcome.WITHDRAWN: Wording("withdrawn", "återkallad"),
        AsylumOutcome.TRANSFERRED: Wording("transferred to another country", "överförd till ett annat land"),
    },
    Offence: {
        Offence.TRAFFICKING: Wording("human trafficking (Criminal Code 4:1a)", "människohandel (brottsbalken 4:1a)"),
        Offence.HUMAN_EXPLOITATION: Wording(
            "human exploitation (Criminal Code 4:1b)", "människoexploatering (brottsbalken 4:1b)"
        ),
        Offence.PROCURING: Wording("procuring (Criminal Code 6:12)", "koppleri (brottsbalken 6:12)"),
        Offence.OTHER: Wording("another offence", "annat brott"),
    },
    InvestigationOutcome: {
        InvestigationOutcome.CHARGES_BROUGHT: Wording("charges are brought", "åtal väcks"),
        InvestigationOutcome.NO_OFFENCE: Wording("no offence", "inget brott"),
        InvestigationOutcome.OFFENCE_NOT_PROVABLE: Wording(
            "the offence cannot be proved", "brottet går inte att styrka"
        ),
        InvestigationOutcome.SUSPECT_NOT_FOUND: Wording("no suspect was found", "ingen misstänkt hittades"),
        InvestigationOutcome.TAKEN_OVER_ABROAD: Wording("taken over by another country", "övertagen av ett annat land"),
        InvestigationOutcome.OTHER: Wording("another reason", "annat skäl"),
    },
    Industry: {
        Industry.CONSTRUCTION: Wording("construction", "bygg"),
        Industry.CLEANING: Wording("cleaning", "städning"),
        Industry.RESTAURANTS_AND_HOTELS: Wording("restaurants and hotels", "restaurang och hotell"),
        Industry.AGRICULTURE_AND_FORESTRY: Wording("agriculture and forestry", "jord- och skogsbruk"),
        Industry.BERRY_PICKING: Wording("berry picking", "bärplockning"),
        Industry.BEAUTY_AND_MASSAGE: Wording("beauty and massage", "skönhet och massage"),
        Industry.TRANSPORT: Wording("transport", "transporter"),
        Industry.VEHICLE_SERVICES: Wording("vehicle services", "bilvård och bilverkstad"),
        Industry.DOMESTIC_WORK: Wording("domestic work", "hushållsarbete"),
        Industry.OTHER: Wording("another industry", "annan bransch"),
    },
    Finding: {
        Finding.NO_IRREGULARITY: Wording("no irregularity", "inga oegentligheter"),
        Finding.WAGES_WITHHELD_OR_TOO_LOW: Wording("wages are withheld or too low", "lön hålls inne eller är för låg"),
        Finding.UNDECLARED_WORK: Wording("undeclared work", "svartarbete"),
        Finding.NO_RIGHT_TO_WORK: Wording("no right to work", "saknar rätt att arbeta"),
        Finding.EXCESSIVE_HOURS: Wording("excessive hours", "orimlig arbetstid"),
        Finding.UNSAFE_WORK_ENVIRONMENT: Wording("unsafe work environment", "farlig arbetsmiljö"),
        Finding.LIVING_AT_WORKPLACE: Wording("somebody lives at the workplace", "någon bor på arbetsplatsen"),
        Finding.DOCUMENTS_WITHHELD: Wording("documents are withheld", "handlingar hålls undan"),
        Finding.DEBTS_OR_FEES: Wording("debts or fees", "skulder eller avgifter"),
        Finding.SIGNS_OF_TRAFFICKING: Wording("signs of trafficking", "tecken på människohandel"),
        Finding.OTHER: Wording("another finding", "annat"),
    },
    ReflectionRefusal: {
        ReflectionRefusal.NO_REASON_TO_PRESUME: Wording(
            "no reason to presume a victim", "inte skäl att anta ett offer"
        ),
        ReflectionRefusal.HAS_RIGHT_TO_STAY: Wording("already has the right to stay", "har redan rätt att vistas här"),
        ReflectionRefusal.PUBLIC_ORDER: Wording("public order or security", "allmän ordning eller säkerhet"),
        ReflectionRefusal.INCOMPLETE: Wording("the application is incomplete", "ansökan är ofullständig"),
        ReflectionRefusal.OTHER: Wording("another reason", "annat skäl"),
    },
    PermitRefusal: {
        PermitRefusal.NOT_NEEDED_FOR_THE_INVESTIGATION: Wording(
            "not needed for the investigation", "behövs inte för förundersökningen"
        ),
        PermitRefusal.NO_COOPERATION: Wording(
            "no cooperation with the authorities", "inget samarbete med myndigheterna"
        ),
        PermitRefusal.TIES_TO_SUSPECTS_NOT_BROKEN: Wording(
            "ties to the suspects are not broken", "förbindelserna med de misstänkta är inte brutna"
        ),
        PermitRefusal.PUBLIC_ORDER: Wording("public order or security", "allmän ordning eller säkerhet"),
        PermitRefusal.INCOMPLETE: Wording("the application is incomplete", "ansökan är ofullständig"),
        PermitRefusal.OTHER: Wording("another reason", "annat skäl"),
    },
    CoordinatorRegion: {
        CoordinatorRegion.STOCKHOLM: Wording("Region Stockholm", "region Stockholm"),
        CoordinatorRegion.OST: Wording("Region East", "region Öst"),
        CoordinatorRegion.NORR: Wording("Region North", "region Norr"),
        CoordinatorRegion.VAST: Wording("Region West", "region Väst"),
        CoordinatorRegion.BERGSLAGEN: Wording("Region Bergslagen", "region Bergslagen"),
        CoordinatorRegion.SYD: Wording("Region South", "region Syd"),
        CoordinatorRegion.MITT: Wording("Region Central", "region Mitt"),
    },
    AgeFound: {
        AgeFound.ADULT: Wording("adult", "vuxen"),
        AgeFound.MINOR: Wording("child", "barn"),
    },
    Alternative: {
        Alternative.SUPPORT_IN_SWEDEN: Wording("support in Sweden", "stöd i Sverige"),
        Alternative.REFLECTION_PERIOD: Wording("a reflection period", "betänketid"),
        Alternative.RESIDENCE_PERMIT: Wording("a residence permit", "uppehållstillstånd"),
        Alternative.ASYLUM: Wording("asylum", "asyl"),
        Alternative.ANOTHER_COUNTRY: Wording("another country", "ett annat land"),
    },
    ReceivingAuthority: {
        ReceivingAuthority.CHILD_PROTECTION: Wording("the child protection authority", "barnskyddsmyndigheten"),
        ReceivingAuthority.CENTRAL_AUTHORITY: Wording("the central authority", "centralmyndigheten"),
        ReceivingAuthority.NATIONAL_CONTACT: Wording(
            "the national contact on trafficking", "den nationella kontakten mot människohandel"
        ),
        ReceivingAuthority.COURT: Wording("a court", "en domstol"),
    },
    ReturnSupport: {
        ReturnSupport.COUNSELLING: Wording("counselling", "rådgivning"),
        ReturnSupport.TRAVEL_DOCUMENTS: Wording("travel documents", "resehandlingar"),
        ReturnSupport.ACCOMMODATION_UNTIL_DEPARTURE: Wording(
            "accommodation until departure", "boende fram till avresan"
        ),
        ReturnSupport.TICKETS: Wording("tickets", "biljetter"),
        ReturnSupport.AIRPORT_ASSISTANCE: Wording("help at the airport", "hjälp på flygplatsen"),
        ReturnSupport.ESCORT: Wording("escort", "ledsagare"),
        ReturnSupport.RECEPTION_ON_ARRIVAL: Wording("reception on arrival", "mottagande vid ankomsten"),
        ReturnSupport.REINTEGRATION: Wording("reintegration", "återintegrering"),
    },
    ReturnRefusal: {
        ReturnRefusal.RETURN_NOT_SAFE: Wording("the return is not safe", "återvändandet är inte tryggt"),
        ReturnRefusal.NOT_VOLUNTARY: Wording("not voluntary", "inte frivilligt"),
        ReturnRefusal.OUTSIDE_THE_PROGRAMME: Wording("outside the programme", "utanför programmet"),
        ReturnRefusal.INCOMPLETE: Wording("the application is incomplete", "ansökan är ofullständig"),
        ReturnRefusal.OTHER: Wording("another reason", "annat skäl"),
    },
}
"""For each closed list, the label of each of its values."""
