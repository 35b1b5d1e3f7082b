"""The address that a data directory was made for, whatever the settings of this moment say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from api.keys.service_file import ServiceFile
from api.services import bootstrap
from api.store.engine import reading_engine

if TYPE_CHECKING:
    from api.settings import Settings


def settled(settings: Settings) -> Settings:
    """The settings with the public URL that the first start fixed; unchanged where nothing is left of it."""
    known = _stored_url(settings)
    if known is None:
        file = ServiceFile.read(settings.service_keys_path)
        known = None if file is None else file.meta.get(bootstrap.PUBLIC_URL)
    return settings if known is None else settings.model_copy(update={"public_url": known})


def _stored_url(settings: Settings) -> str | None:
    if not settings.database_path.exists():
        return None
    engine = reading_engine(settings.database_path)
    try:
        with engine.connect() as connection:
            return bootstrap.public_url(connection)
    except DBAPIError:
        return None  # the checks say what is wrong with the file
    finally:
        engine.dispose()
