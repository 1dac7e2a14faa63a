"""Unit tests. What they import of the server's is described in `generated/`, which `world-events plugin build` makes."""

import sys
from pathlib import Path

GENERATED = Path(__file__).parents[1] / "generated"
if not GENERATED.is_dir():
    raise SystemExit("there is no folder generated/ yet; make it with: world-events plugin build")
sys.path.insert(0, str(GENERATED))
