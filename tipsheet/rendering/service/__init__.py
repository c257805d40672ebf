"""What the build leaves for the service: its pages and letters, its record."""
