"""The response model of the API information."""

from __future__ import annotations

from datetime import date
from typing import Literal

from gateway.http.response_models import ResponseModel


class ApiInfo(ResponseModel):
    """About this API, in the form of Sweden's REST API profile."""

    apiName: str
    apiVersion: str
    apiReleased: date
    apiDocumentation: str
    apiStatus: Literal["alpha", "beta", "active", "deprecated", "retired"]
