"""What holds for every test."""

from hypothesis import HealthCheck, settings

# Speed is not what tests are about: a busy machine draws and runs slowly.
settings.register_profile("avow", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("avow")
