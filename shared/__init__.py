"""What all processes agree on: messages, streams, the worker loop, and the edges they share."""
