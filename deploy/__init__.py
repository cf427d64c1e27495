"""What runs the system: the local runner here; images and compose files beside it."""
