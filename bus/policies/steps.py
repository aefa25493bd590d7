"""The steps that an agency's code takes after an event: tasks, notices, and events in answer.

Each step has an id that is the same in a second run, so that code which is run again repeats nothing.
"""

from __future__ import annotations

import logging
from uuid import NAMESPACE_URL, uuid5

from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.errors import NotIssuableError, RefusedError, SuspendedError
from bus.mechanism import Mechanism
from bus.privacy.tasks import NOTICE, Tasks, code_of
from bus.submission.submission import Submission
from contracts.event.case_event import CaseEvent, Provenance
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId

log = logging.getLogger(__name__)


class EventSteps:
    """The steps of one run of some code for one event.

    `name`: names the code, and is the same in each run. `raised`: the ids of the tasks that it has touched.
    """

    def __init__(
        self,
        agency: AgencyId,
        said: Provenance,
        envelope: Envelope,
        name: str,
        tasks: Tasks,
        mechanism: Mechanism,
        directory: Directory,
    ) -> None:
        self.agency = agency
        self.provenance = said
        self.raised: set[str] = set()
        self._envelope = envelope
        self._since = envelope.headers["ce-recordedat"]
        self._name = name
        self._tasks = tasks
        self._mechanism = mechanism
        self._directory = directory
        self._steps = 0

    def _next_step(self) -> tuple[str, str, str]:
        self._steps += 1
        return self._envelope.event_id, self._name, str(self._steps)

    async def open_task(
        self,
        case: CaseView,
        what: str,
        about: str,
        *,
        en: str,
        sv: str,
        due: str | None = None,
        to_issue: tuple[type[CaseEvent], ...] = (),
    ) -> None:
        events = tuple(event.__name__ for event in to_issue)
        said = {"code": code_of(what), "about": about, "since": self._since, "events": events}
        self._note(await self._tasks.ask(case.case_id, what, about, en=en, sv=sv, due=due, **said))

    async def close_task(self, case: CaseView, what: str, about: str) -> None:
        # A reaction can run again after later ones have run, so a task can be closed before it is raised.
        self._note(await self._tasks.over(case.case_id, what, about))

    async def notify(self, case: CaseView, *, en: str, sv: str) -> None:
        said = {"code": NOTICE, "about": self._envelope.event_id, "since": self._since}
        self._note(await self._tasks.ask(case.case_id, *self._next_step(), en=en, sv=sv, **said))

    def _note(self, task_id: str | None) -> None:
        if task_id is not None:
            self.raised.add(task_id)

    def name_of(self, agency: AgencyId) -> str:
        entry = self._directory.view.entry(agency)
        return agency if entry is None else entry.name

    async def issue(self, case: CaseView, event: CaseEvent) -> None:
        submission = Submission(
            event,
            case_id=case.case_id,
            idempotency_key=f"reaction/{_id(*self._next_step())}",
            correlation_id=self._envelope.correlation_id,
            causation_id=self._envelope.event_id,
        )
        try:
            await self._mechanism.submit(submission)
        except RefusedError as error:
            log.info("reaction refused", extra={"rule": error.refusal.rule.id})
        except (NotIssuableError, SuspendedError) as error:
            log.warning("reaction not issued", extra={"error": type(error).__name__})


def _id(*key: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(key)))
