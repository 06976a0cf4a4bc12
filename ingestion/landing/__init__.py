"""The landing zone (docs/landed_event.md): where it lies, its objects, its manifests and marks."""
