"""Pages for people, from bundled templates and styles; no script, nothing from third parties."""
