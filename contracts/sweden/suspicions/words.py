"""The words by which a name is recognised, and those that are no names although a capital letter begins them."""

from __future__ import annotations

from typing import Final

from contracts.sweden.geography.files import load


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


NAMING: Final = _words(
    "heter hette kallas kallad kallade kallades namn namnet känd",
    "named called known name",
)
"""Words after which a name comes: "she is called …"."""

STATING: Final = _words("is är var was")
"""Words that may stand between a noun of `NAMING` and the name."""

BETWEEN: Final = _words("ibland egentligen också även bara just som also really as only sometimes")
"""Adverbs that may stand between a word of `NAMING` and the name."""

RELATIONS: Final = _words(
    "herr hr fru fröken doktor dr",
    "mamma mamman mor pappa pappan far fadern bror brodern bröderna syster systern systrarna syskonen son sonen",
    "dotter dottern make maken maka makan pojkvän pojkvännen flickvän flickvännen sambo sambon kusin kusinen faster",
    "moster farbror morbror mormor farmor morfar farfar familjen vän vännen väninnan kompis kompisen rumskamraten",
    "granne grannen chef chefen förman hyresvärd hyresvärden chaufför chauffören kund kunden klienten patienten offret",
    "vittnet målsäganden målsägande misstänkte misstänkta barnet flickan pojken kvinnan mannen man tjejen killen",
    "tolk tolken handläggare handläggaren socialsekreterare socialsekreteraren kurator kuratorn ombud ombudet advokat",
    "advokaten målsägandebiträde målsägandebiträdet läkare läkaren sköterskan barnmorskan polisman kontaktperson",
    "kontaktpersonen åklagare åklagaren rektor rektorn",
    "mr mrs ms miss mother father brother brothers sister sisters son daughter wife husband partner boyfriend",
    "girlfriend cousin uncle aunt grandmother grandfather family friend roommate neighbour boss foreman landlord",
    "driver customer client patient witness suspect informant child girl boy woman man interpreter caseworker counsel",
    "lawyer officer doctor nurse midwife prosecutor",
)
"""Titles, relatives and callings: a name follows at once, or the name of a place or an agency."""

SPEAKING: Final = _words(
    "säger sa sade berättar berättade uppger uppgav vill ringde ringer körde hotar hotade slog litar",
    "says said told tells wants rang drove hit",
)
"""What people do: before such a word, a word that is also a name is one."""

OF_PLACES: Final = _words(
    "sankt sankta saint st san santa lex ica",
    "restaurang restaurangen hotell hotellet krog krogen bar baren salong salongen firma firman",
    "advokatfirman stiftelsen region",
    "restaurant hotel salon church hostel firm",
)
"""Words that begin the name of a place or a firm, which may have a person's name in it."""

INSTITUTIONS: Final = _words(
    "region kommun kommuns stad stads län länsstyrelsen polisregion polismyndigheten",
    "hospital station school church centre center court university agency authority ministry council municipality",
    "foundation international house airport terrace museum day ab hb kb ltd llc inc aid",
)
"""Words within the name of an institution, of whatever case."""

AFTER_PLACES: Final = _words(
    "sjukhus sjukhuset barnsjukhus kyrka församling gymnasium universitet krog hotell restaurang pizzeria",
    "hospital station church university",
)
"""Words after the name of a place that is named after a person."""

PARTICLES: Final = ("von", "van", "af", "de", "da", "del", "la", "al", "el", "bin", "ibn")
"""Words in small letters that may stand inside a person's name."""

_PLACES: Final = frozenset(municipality.name for municipality in load().municipalities.values())

_COUNTRIES_AND_PEOPLES: Final = _words(
    "Sverige Norge Danmark Finland Rumänien Bulgarien Ungern Polen Italien Spanien Tyskland Nigeria Thailand Vietnam",
    "Ukraina Ryssland Georgien Moldavien Albanien Grekland Turkiet Europa Afrika Asien Libyen Syrien Etiopien Eritrea",
    "Sweden Norway Denmark Romania Bulgaria Hungary Poland Italy Spain Germany Ukraine Russia Georgia Moldova Albania",
    "Greece Turkey Europe Africa Asia Libya Syria Ethiopia",
    "Swedish Norwegian Danish Finnish Romanian Bulgarian Hungarian Polish Italian Spanish German Nigerian Thai",
    "Vietnamese Ukrainian Russian Georgian Moldovan Albanian Greek Turkish European African Asian English French",
    "Arabic",
)

_CALENDAR: Final = _words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August",
    "September October November December",
)

_CITIES: Final = _words(
    "Bukarest Bucharest Constanta Constanța Cluj Iasi Varna Plovdiv Budapest Kiev Kyiv Lviv Odessa Odesa Warszawa",
    "Krakow Milano Turin Rom Rome Berlin London Paris Madrid Barcelona Oslo Köpenhamn Copenhagen Helsingfors",
    "Lagos Abuja Benin Hanoi Saigon Bangkok Manila Teheran Kabul Damaskus Bagdad",
)

NO_NAMES: Final = (
    _PLACES | _CITIES | _COUNTRIES_AND_PEOPLES | _CALENDAR | {"Utan", "Without", "Facebook", "This", "Class", "Carries"}
)
"""Words that are no name of a person, whatever stands before them."""

NO_NAME_ENDS: Final = (
    *("verket", "myndigheten", "polisen", "styrelsen", "kontoret", "skolan", "rätten", "nämnden", "tjänsten"),
    *("gatan", "vägen", "torget", "kommun", "kassan", "centralen", "förbundet", "föreningen", "missionen"),
)
"""The ends of words that are agencies and places."""

SURNAME_ENDS: Final = ("sson", "sdotter", "qvist", "escu", "enko", "wicz", "owska", "owski", "alska", "alski", "ović")
"""The ends of words that are surnames, patronymics above all."""

STREET_ENDS: Final = (
    *("gatan", "gata", "vägen", "väg", "gränd", "gränden", "torget", "torg", "stigen", "stig", "backen", "backe"),
    *("allén", "allé", "platsen", "plats", "esplanaden", "kajen", "stråket", "leden", "slingan", "ringen", "gården"),
    *("svängen", "promenaden", "kroken", "höjden"),
)
"""The ends of Swedish street names."""

STREETS: Final = (
    *("Street", "St", "Road", "Rd", "Lane", "Ln", "Avenue", "Ave", "Grove", "Close", "Terrace", "Walk", "Drive", "Way"),
    *("Court", "Square", "Place", "Gardens", "Crescent", "Row", "Hill", "Mews", "Green", "Boulevard"),
)
"""The last words of English street names."""
