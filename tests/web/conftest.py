"""How long the page tests wait for a page: generously, on a machine that has others to serve.

Waiting longer never lets a false thing pass: what must hold is still asked for in full.
"""

from playwright.sync_api import expect

from tests.web.browsing import PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)
