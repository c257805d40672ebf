"""Files of the build for the service: its pages and letters, its record."""
