"""Backends and suites for the tests of `zk`, made once for the whole run."""

from __future__ import annotations

from functools import cache

from zk import bbs
from zk.backend import create


@cache
def make_backend(name):
    return create(name, unsafe_variable_time=True)


@cache
def make_suite(name, ciphersuite):
    return bbs.suite(ciphersuite, make_backend(name))
