"""What the station says in words, beside its tones: its texts, their files, and those of an installer."""
