"""Language model servers: Ollama and OpenAI-compatible ones."""
