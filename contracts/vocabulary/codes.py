"""Codes, identifiers and amounts that several chapters share, each with the pattern that it fits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$", examples=["ro", "zh-Hant"])]
"""A language as a BCP 47 tag: language, then script and region where they matter."""

MunicipalityCode = Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["0180"])]
"""A municipality by Statistics Sweden's four digits; the first two are its region's."""

RegionCode = Annotated[str, Field(pattern=r"^[0-9]{2}$", examples=["01"])]
"""A region (county) by Statistics Sweden's two digits."""

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["RO"])]
"""A country by ISO 3166-1 alpha-2."""

RecordId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""The random id of a record of personal details: a UUID in its canonical form."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""The SHA-256 of some bytes, in hexadecimal."""

TextId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{2,79}$", examples=["consent-2026-1"])]
"""The id of a text that is explained to a person; a new wording of the text has another id."""

SEK = Annotated[int, Field(ge=0, le=100_000_000)]
"""An amount in whole Swedish kronor."""
