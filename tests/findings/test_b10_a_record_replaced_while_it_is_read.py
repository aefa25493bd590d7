"""B10: a record is replaced while a reading of it is on its way to the log. The reader is shown the record in force."""

from __future__ import annotations

import asyncio
from pathlib import Path

from harness.line import LinedBus
from harness.sharing import AGENCIES, CONTACT, accept, consent, read, refer
from harness.waiting import eventually

from contracts.privacy.record_forms import Contact
from contracts.vocabulary.choices import DataClass

NGO, MUNICIPALITY, *_ = AGENCIES
NEW = Contact(phone="+40700000002", safe_to_call=True, safe_to_write=False)


async def test_what_is_shown_is_what_stands_at_the_reading(tmp_path: Path) -> None:
    """The log has first the replacement and then the reading: the old number must not be called any more."""
    async with LinedBus(tmp_path, *AGENCIES, lined=[MUNICIPALITY]) as bus:
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, NGO, MUNICIPALITY, classes=("contact",))
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.level()
        await bus.nodes[NGO].personal.record(case_id, CONTACT)
        await bus.level()

        async def opened() -> bool:
            return await read(bus, MUNICIPALITY, case_id, DataClass.CONTACT) == [CONTACT]

        await eventually(opened)
        await bus.level()
        (old,) = (await bus.nodes[NGO].replica.case(case_id)).view.personal_records
        line = bus.lines[MUNICIPALITY]
        line.freeze()
        reading = asyncio.create_task(read(bus, MUNICIPALITY, case_id, DataClass.CONTACT))
        await eventually(lambda: line.held > 0)
        await bus.nodes[NGO].personal.record(case_id, NEW, replaces=old.record_id)
        line.thaw()
        shown = await reading
        await bus.level()
        names = [e.event_name for e in await bus.envelopes() if e.case_id == case_id]
        assert names[-2:] == ["PersonalDetailsRecorded", "PersonalDetailsRead"], names
        assert shown == [NEW], "the replaced record was shown"
