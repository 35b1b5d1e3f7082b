"""What must be rejected, case by case, each with the check that rejects it."""
