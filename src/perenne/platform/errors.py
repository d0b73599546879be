"""The root of the errors that Perenne raises for a reason it can name.

PerenneError
├── support.errors …                     a contact request that was refused, or is not there
├── renewals.errors.RenewalRefusedError   asked for what the verdict refuses
├── daily.errors.DayRefusedError          a business day that must not be run now
├── billing.documents.errors …            a document that cannot be made
└── importing.errors …                    a file that was refused as a whole
"""


class PerenneError(Exception):
    """Something that a caller may expect and can explain; ``code`` is stable."""

    code = "error"
