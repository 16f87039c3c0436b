"""Page shell: templates, components, middleware and presentation filters."""
