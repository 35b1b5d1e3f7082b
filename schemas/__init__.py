"""JSON Schemas and JSON-LD contexts, pinned by digest and served from package data only."""
