"""Credentials and presentations secured with JOSE, on a strict compact JWS."""
