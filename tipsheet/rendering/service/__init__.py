"""Files that the build writes for the service: its pages, its letters, its record."""
