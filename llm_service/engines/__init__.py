"""Language model engines by name, each imported only when chosen."""

ENGINES = {
    "llama_cpp": "llm_service.engines.llama_cpp:LlamaCpp",
    "llama_cpp_python": "llm_service.engines.llama_cpp_python:LlamaCppPython",
    "scripted": "llm_service.engines.scripted:Scripted",
}
