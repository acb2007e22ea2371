"""What all pages have: the head with its policy, the style, and how they were made."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib.resources import files

from scenarios.report.document import Report

__all__ = ["page_head", "page_style", "stamp_html"]


def page_head(title: str, style: str, script: str = "") -> str:
    """The start of a page, up to and with its title in large type.

    The content security policy allows the style and the script by their hashes and nothing else.

    Args:
        title: the title.
        style: the style sheet.
        script: the script that the page will hold; empty for none.
    """
    scripts = f"script-src '{_digest(script)}'; " if script else ""
    policy = (
        f"default-src 'none'; {scripts}style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n"
    )


def stamp_html(report: Report) -> str:
    """How a report was made, and the command that makes it again."""
    stamp = [*report.stamp, *([("again", report.repeat)] if report.repeat else [])]
    rows = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>\n" for k, v in stamp)
    return f'<h2>How this was made</h2>\n<dl class="stamp">\n{rows}</dl>\n</main>\n'


@cache
def page_style() -> str:
    """The style sheet of all pages."""
    return files("scenarios.report.html").joinpath("page.css").read_text("utf-8")


def _digest(text: str) -> str:
    """The hash of a text, as a content security policy writes it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
