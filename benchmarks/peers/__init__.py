"""Implementations by others that are measured beside ours; nothing here is installed unless asked for."""
