"""What a process that works for long does once, when everything is loaded."""

import gc

# A set of a run makes that many objects, hardly one of them in a cycle: looking for cycles every
# few hundred of them finds nothing, again and again.
_OBJECTS_BETWEEN_LOOKS = 50_000


def settle_in() -> None:
    """Have the garbage collector forget what lives as long as the process.

    Otherwise it walks through all modules again and again while a run makes rows by the thousand.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, *gc.get_threshold()[1:])
