"""Manifests → Resources: plain YAML and JSON, what a kustomization lists, what the user's own helm or kustomize prints."""
