"""Pages for people, rendered here from bundled templates and styles; no script, nothing from third parties."""
