"""The DID methods that are understood here, one module or group of modules each."""
