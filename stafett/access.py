"""Ends an agency's access to the brokers while they run. Readmitting it is for provisioning."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bus.admission import revoke
from bus.errors import BrokerAwayError
from bus.provision import Layout
from stafett.injected import now


def end_access(folder: Path, agencies: list[str], servers: list[str]) -> int:
    """Suspend agencies at the brokers; 0 when every broker that is up has confirmed, for each of them."""
    layout = Layout(folder)
    if unknown := sorted(agency for agency in agencies if not layout.home(agency).exists()):
        print(f"not provisioned in {folder}: {', '.join(unknown)}", file=sys.stderr)
        return 2
    admission = layout.admission(now())
    try:
        for agency in agencies:
            confirmed = asyncio.run(revoke(servers, admission, agency, tls=layout.tls, now=now()))
            print(f"{agency}: cut off; {confirmed} brokers confirmed")
    except BrokerAwayError as error:
        print(f"{error}: run this again, or restart the brokers", file=sys.stderr)
        return 1
    return 0
