"""Python for what a sheet's lines cannot say; one module a service."""
