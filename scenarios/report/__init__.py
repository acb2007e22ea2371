"""Reports: answers in words, and how they are rendered as text, pages, Markdown and plots."""
