"""The diagnostic tool: it measures a mailbox's path, judges what it saw, and says who must change what.

The layers, from the top: ``cli``, ``check``, then ``plan``, ``judge`` and ``report``, then ``probes``, ``rules`` and
``catalogue``, then ``net``, ``wire`` and ``model``. Each may use what stands below it and nothing above.
This module stays empty of imports, because every command pays for it.
"""

__version__ = "0.1.0"
