"""The Bot API's own description, as data, and the checks that are made from it."""

from bot.simulator.schema.checks import (
    Schema,
    SchemaMismatch,
    Upload,
    load_schema,
    split_union,
)

__all__ = ["Schema", "SchemaMismatch", "Upload", "load_schema", "split_union"]
