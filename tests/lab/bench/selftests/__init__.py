"""Checks of the bench itself that need no engine and take seconds."""
