"""What checks read of a credential, whatever its form.

`credentials.model.Credential` is a view as it stands; forms of another data model give one of their own.

What is not here: how a view is made, and whether it may be believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model.credential import Subject
    from credentials.model.typed import Typed
    from did.types import JsonObject, JsonValue


class CredentialView(Protocol):
    """The members that decide on a verification. `document` is the whole, as a relying party reads it."""

    @property
    def document(self) -> JsonObject:
        """Everything that was said."""
        ...

    @property
    def contexts(self) -> tuple[JsonValue, ...]:
        """The JSON-LD contexts; none where the form has none."""
        ...

    @property
    def types(self) -> tuple[str, ...]:
        """What kind of credential it is."""
        ...

    @property
    def issuer(self) -> str:
        """Who is said to have issued it."""
        ...

    @property
    def valid_from(self) -> datetime | None:
        """The first moment of validity."""
        ...

    @property
    def valid_until(self) -> datetime | None:
        """The last moment of validity."""
        ...

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Whom the claims are about."""
        ...

    @property
    def schemas(self) -> tuple[Typed, ...]:
        """The schemas that the claims follow."""
        ...

    @property
    def status(self) -> tuple[Typed, ...]:
        """Where the credential's status stands."""
        ...
