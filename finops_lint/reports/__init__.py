"""Report or Diff to text, one module a format."""
