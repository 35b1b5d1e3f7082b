"""JSON Schemas and JSON-LD contexts, pinned by digest and served from package data only."""

from schemas.errors import SchemasError

__all__ = ["SchemasError"]
