"""The sample city - Fenyang by name and published figures, invented by geometry."""
