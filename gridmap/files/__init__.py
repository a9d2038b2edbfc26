"""The outside world's files, read and written."""
