"""Reading Hugging Face config.json files as architectures."""
