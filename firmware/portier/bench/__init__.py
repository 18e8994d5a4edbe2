"""The bench pretends: mocked pins, a simulated card, a line that answers, a virtual clock."""
