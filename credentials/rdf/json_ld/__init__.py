"""JSON-LD 1.1 to quads: contexts compiled into tables, and one walk over the document."""
