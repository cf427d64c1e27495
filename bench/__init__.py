"""What can be measured, and the real servers that measuring and testing take."""
