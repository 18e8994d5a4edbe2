"""The picture of a call: one HTML page from its record, for a screen, a phone and paper."""
