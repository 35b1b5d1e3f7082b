"""Figures for operators, in the form that Prometheus reads: nothing personal, nothing that names a DID."""

from api.metrics.exposition import CONTENT_TYPE, Metrics, MetricsOnly, check_reader
from api.metrics.requests import RequestTimes

__all__ = ["CONTENT_TYPE", "Metrics", "MetricsOnly", "RequestTimes", "check_reader"]
