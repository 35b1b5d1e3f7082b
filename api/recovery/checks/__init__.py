"""The checks of a data directory, one module for each concern."""
