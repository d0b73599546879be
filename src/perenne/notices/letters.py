"""Which kinds of facts are told by mail, and who writes the letters.

To add one: record the fact with ``tells=True``, write its words and a writer, and list it here.
"""

from collections.abc import Callable, Mapping

from perenne.notices import seat_mails, security
from perenne.notices.outbox import Letter
from perenne.notices.told_facts import ToldFact

Writer = Callable[[ToldFact], list[Letter]]

WRITERS: Mapping[str, Writer] = {**security.WRITERS, **seat_mails.WRITERS}
