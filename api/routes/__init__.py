"""Thin routes: read the request, call one service, shape the answer."""
