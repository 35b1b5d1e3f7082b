"""Identifiers, documents, keys and their encodings, resolution, and the registry that anchors them."""
