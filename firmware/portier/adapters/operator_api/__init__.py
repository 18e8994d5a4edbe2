"""The telephone operator's API: OVHcloud's, by its official client `ovh`, and the keys for it."""
