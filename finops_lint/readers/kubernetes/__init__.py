"""Manifests → Resources: YAML and JSON, what a kustomization lists, what helm or kustomize print."""
