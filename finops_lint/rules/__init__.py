"""Resource, Estimate and rule file to Finding; suppressions."""
