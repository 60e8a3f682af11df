"""Terraform and OpenTofu: source, plan JSON and state JSON to Resources, without running anything."""
