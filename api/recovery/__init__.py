"""Checking a data directory while no service uses it, and bringing a lost database back."""
