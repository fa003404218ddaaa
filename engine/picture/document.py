"""What every page has in common: one HTML file that needs no network and runs its own script alone.

>>> print(document("a < b", "p { margin: 0 }", "<p>here</p>", "let x = 1;").splitlines()[6])
<title>a &lt; b</title>
"""
from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{sheet}</style>
</head>
<body>
{body}
<script>{script}</script>
</body>
</html>
"""


def document(title: str, sheet: str, body: str, script: str) -> str:
    """A page from its title, a text, and its style sheet, body and script, as they stand."""
    policy = f"default-src 'none'; script-src {hashed(script)}; style-src {hashed(sheet)}; " \
             "base-uri 'none'; form-action 'none'"
    return DOCUMENT.format(policy=policy, title=shown(title), sheet=sheet, body=body, script=script)


def hashed(text: str) -> str:
    """How a content-security policy names a text that may run."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def shown(text: str) -> str:
    """A user's text in HTML, as text; what no file can hold is replaced.

    >>> shown("<b>")
    '&lt;b&gt;'
    """
    return escape(text.encode(errors="replace").decode())


def inline(name: str, data: Any) -> str:
    """Data as JSON in a page, where a script finds them by a name; no HTML parser mistakes them for a tag.

    >>> inline("page", ["<b>"])
    '<script type="application/json" id="page">["\\\\u003cb\\\\u003e"]</script>'
    """
    return f'<script type="application/json" id="{name}">{packed(data)}</script>'


def packed(data: Any) -> str:
    """The shortest JSON of some data, without the signs of tags."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    text = text.encode(errors="backslashreplace").decode()       # what no file can hold, as JSON writes it
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
