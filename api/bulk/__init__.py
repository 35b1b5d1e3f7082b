"""Bulk issuing: batches of rows that become credentials in the background, whatever happens meanwhile."""

from api.bulk.worker import BulkIssuing

__all__ = ["BulkIssuing"]
