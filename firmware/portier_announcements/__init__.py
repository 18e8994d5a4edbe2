"""Speaks the announcements into files, by a speech program of Debian. For whoever changes the words."""
