"""The one way in which Avow reads addresses that strangers supply."""

from api.egress.client import EgressClient, Fetched, Limits
from api.egress.target import Origin, Target

__all__ = ["EgressClient", "Fetched", "Limits", "Origin", "Target"]
