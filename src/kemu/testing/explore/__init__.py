"""Exploration: what becomes of a cluster if things come in another order, and go wrong at the worst moment.

    report = kemu.explore(setup, scenario)
    report.check()                         # raises, with a script, if anything broke

`setup` makes a cluster with the controllers that are tried out, `scenario` is what its users do. A *run* is the
scenario, calm, and the deletion of all that the users have made. On its way it comes to points at which something else
could happen than what kemu does by itself: these are its *offers* (`offers.py`). A run is told which of them to take by
a *plan*, so that it can be had again; the plan of a run that broke is shrunk to what matters (`shrink.py`).

    world.py     one run: it asks at every offer, and can be resumed from the marks that it leaves on the way
    offers.py    what can be offered, and who decides: a plan, chance, or priorities
    search.py    which runs to make: all with one deviation, then with two, walks at random, few changes of priority
    verdict.py   what must hold at the end of a run
    shrink.py    the least that still breaks
    campaign.py  many seeds at once
    report.py    what was tried, and what broke, as a script
    files.py     what broke as a small file, from which the run can be made again
    tape.py      such a run, taken down step by step
    viewer.py    looking at it, forwards and backwards; terminal.py has the keys
"""

from .campaign import Summary, campaign
from .report import Broken, Report
from .search import explore, replay

__all__ = ["Broken", "Report", "Summary", "campaign", "explore", "replay"]
