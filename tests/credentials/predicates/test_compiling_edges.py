"""Compiling: what lies at the edges of each rule."""
