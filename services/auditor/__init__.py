"""An oversight body, such as an inspectorate: it follows the log, and verifies that nothing was changed or left out.

It issues nothing and holds no keys: it reads the content of a case at an agency that takes part in it.
"""

from bus.mandate import Mandate
from contracts.vocabulary.agencies import AgencyKind

auditor = Mandate(kind=AgencyKind.AUDITOR)
