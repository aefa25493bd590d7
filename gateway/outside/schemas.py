"""The response model of the form for an agency outside the bus."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from contracts.privacy.offer_preview import Preview
from gateway.http.response_models import ResponseModel


class OfferForm(ResponseModel):
    """The form for the recipient of an offer outside the bus. Whoever has its code can answer for the recipient.

    `link`: the address at which the recipient reads the preview and answers; null when the service has none.
    """

    code: Annotated[str, Field(pattern=r"^[0-9A-Z]{4}-[0-9A-Z]{4}$")]
    link: str | None
    respond_by: datetime
    preview: Preview
