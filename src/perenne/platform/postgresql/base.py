"""Leaves out the second index that Django adds to each indexed text for LIKE 'x%'.

Our clusters compare text by its bytes, so that the first index serves such searches as well; a
renewal writes some forty of those indexes less.
"""

from typing import Any

from django.db.backends.postgresql import base, schema
from django.db.models import Field, Model


class SchemaEditor(schema.DatabaseSchemaEditor):
    """Makes tables and indexes as Django's own, but for that one."""

    def _create_like_index_sql(
        self,
        model: type[Model],  # noqa: ARG002 - Django's signature
        field: "Field[Any, Any]",  # noqa: ARG002 - idem
    ) -> None:
        return None


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with that editor."""

    SchemaEditorClass = SchemaEditor
