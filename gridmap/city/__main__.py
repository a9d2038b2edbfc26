"""`python -m gridmap.city FILE` writes the data dictionary."""

import sys
from pathlib import Path

from gridmap.city.dictionary import dictionary_page

Path(sys.argv[1]).write_text(dictionary_page(), "utf-8")
