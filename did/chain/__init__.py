"""The contract that holds the log's checkpoints, and the drivers of the chains it lives on."""

from did.chain.driver import (
    AnchorCall,
    Anchored,
    BlockRef,
    ChainDriver,
    ChainInfo,
    ChainKind,
    Head,
    next_step,
)
from did.chain.errors import ChainError, ChainRejectedError

__all__ = [
    "AnchorCall",
    "Anchored",
    "BlockRef",
    "ChainDriver",
    "ChainError",
    "ChainInfo",
    "ChainKind",
    "ChainRejectedError",
    "Head",
    "next_step",
]
