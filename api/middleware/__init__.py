"""What stands between the socket and the routes, as plain ASGI; outermost first: observe, limits, bodies."""
