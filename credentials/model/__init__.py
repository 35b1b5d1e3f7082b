"""The data model: credentials and presentations as typed, frozen values."""

from credentials.model.contexts import CONTEXT_V1, CONTEXT_V2, Version
from credentials.model.credential import (
    CREDENTIAL_TYPE,
    PRESENTATION_TYPE,
    Credential,
    Subject,
    read_credential,
)
from credentials.model.enveloped import Enveloped, Holds
from credentials.model.issued import issued_form
from credentials.model.presentation import (
    Presentation,
    read_presentation,
)
from credentials.model.related import RelatedResource, check_content
from credentials.model.typed import Typed

__all__ = [
    "CONTEXT_V1",
    "CONTEXT_V2",
    "CREDENTIAL_TYPE",
    "PRESENTATION_TYPE",
    "Credential",
    "Enveloped",
    "Holds",
    "Presentation",
    "RelatedResource",
    "Subject",
    "Typed",
    "Version",
    "check_content",
    "issued_form",
    "read_credential",
    "read_presentation",
]
