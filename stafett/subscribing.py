"""How to write a subscriber: a function of the agency's own that is called for the entries of its feed.

>>> from stafett.events import ReflectionPeriodGranted
>>> from stafett.subscribing import Subscriber, SubscriberContext, ForgetOrder
>>> desk = Subscriber("case-system", after="")
>>> kept = {}
>>> @desk.on(ReflectionPeriodGranted)
... async def keep(granted, case, context):
...     kept[case.case_id, context.version] = granted.ends_on
>>> @desk.on_forget
... async def forget(what):
...     for key in [key for key in kept if key[0] == what.case_id]:
...         del kept[key]
>>> desk.types
'ReflectionPeriodGranted'

`STAFETT_SUBSCRIBERS=my_systems.subscribers:desk` has the agency's service call it. A handler is called at least once
for each entry, in the order of its case, and again until it returns; `docs/subscribing.md` tells the rest.
"""

from __future__ import annotations

from bus.subscriber import ForgetOrder, GiveUpError, Subscriber, SubscriberContext

__all__ = ["ForgetOrder", "GiveUpError", "Subscriber", "SubscriberContext"]
