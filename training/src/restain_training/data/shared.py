"""Where the labelled pictures lie: they are not part of the repository."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[4]


def shared_folder(argument: str | None = None) -> Path:
    """Folder of the shared data: the argument, $RESTAIN_SHARED, or ../shared beside the repository."""
    return Path(argument or os.environ.get("RESTAIN_SHARED") or REPOSITORY.parent / "shared")
