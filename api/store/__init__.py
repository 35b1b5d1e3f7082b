"""What the service remembers: tables, migrations, one writer, many readers."""
