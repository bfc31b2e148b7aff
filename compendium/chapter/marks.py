"""The mark of an exhibit: it tells a build that one of our calls sent it, and that it is as sent.

The build gives each run a secret of its own, which stands in the settings of the kernel; a call
that shows an exhibit signs what it sends. An output that only looks like an exhibit, one changed
after it was sent, and one copied from another run have no mark that fits. Code of the chapter that
asks for the secret, or puts functions of its own in place of ours, can still sign what it likes:
the mark keeps numbers from being typed where they should be computed, and keeps no one out who
means to deceive. Who reads the code of the chapter sees either.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

MARK = "compendium"
"""The key of the mark in an output's metadata."""


def mark(payload: Mapping[str, Any], secret: str) -> str:
    """Return the mark of a payload: the same before and after it went through JSON.

    >>> mark({"a": (1, 2)}, "s") == mark({"a": [1, 2]}, "s") != mark({"a": [1, 2]}, "t")
    True
    """
    sent = json.loads(json.dumps(payload))
    text = json.dumps(sent, sort_keys=True)
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
