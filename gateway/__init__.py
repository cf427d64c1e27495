"""Between clients and streams: conversations, their turns, and what is heard."""
