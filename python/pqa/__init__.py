"""Page views of a documentation host: out of the database into verified Parquet files, and
questions answered from them.

>>> import pqa
>>> with pqa.Archive("/srv/pageviews", db="postgresql://site/docs") as archive:
...     archive.export("yesterday")
...     archive.top_pages("django", since="-7d").to_pandas()
"""
from . import errors, parquet
from ._archive import Archive, DateLike, Names, Progress, shadow_summary, to_days
from ._pqa import version as __version__
from ._results import (CompactedMonth, Copy, Day, DeletedDay, Finding, Forgotten,
                       ImportedFile, Night, Pruned, RestoredDay, Shadowed, ShadowSummary,
                       Step, Vacuumed, VacuumedObject, Verified)
from ._table import Table, to_date
from .errors import (Busy, Cancelled, Conflict, Corrupt, Denied, Error, InputOutput, Internal,
                     Invalid, Limit, NotFound, OutOfMemory, Timeout, Unsupported)

__all__ = [
    "Archive", "Busy", "Cancelled", "CompactedMonth", "Conflict", "Copy", "Corrupt", "DateLike",
    "Day", "DeletedDay", "Denied", "Error", "Finding", "Forgotten", "ImportedFile",
    "InputOutput", "Internal", "Invalid", "Limit", "Names", "Night", "NotFound", "OutOfMemory",
    "Progress", "Pruned", "RestoredDay", "ShadowSummary", "Shadowed", "Step", "Table", "Timeout",
    "Unsupported", "Vacuumed", "VacuumedObject", "Verified", "__version__", "errors", "parquet",
    "shadow_summary", "to_date", "to_days"]
