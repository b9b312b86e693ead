"""Run the command line, as `gfe-mc` and as `python -m gfe_mc`."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run the command line; an interrupt ends it without a traceback at any moment."""
    if os.environ.pop("GFE_MC_DETACHED", None):
        # Nobody sits before it: it is told to end by a signal of `gfe-mc cancel` or of a queue,
        # whatever the shell that started it had its children ignore.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        # Nothing is open yet, and nothing is to be said.
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    from gfe_mc import cli

    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        cli.main()
    except KeyboardInterrupt:
        sys.exit(130)  # while it said how it ends
    finally:
        if ours:
            signal.signal(signal.SIGINT, lambda *_: os._exit(130))


if __name__ == "__main__":
    main()
