"""Resource, sheet, price table and usage to Estimate."""
