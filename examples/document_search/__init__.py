"""An MCP server that searches a folder of documents: folder → sections → index → answers."""
