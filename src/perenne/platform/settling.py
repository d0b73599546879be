"""What a process that works for long does once, when everything is loaded."""

import gc


def settle_in() -> None:
    """Have the garbage collector forget what lives as long as the process.

    Otherwise it walks through all modules again and again while a run makes rows by the thousand.
    """
    gc.collect()
    gc.freeze()
