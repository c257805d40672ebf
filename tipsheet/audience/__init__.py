"""The audience: subscribers, their segments, their consent, and what they chose."""
