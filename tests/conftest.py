"""Plugins of every test."""

import sys

pytest_plugins = ["tests.plugin_servers"]
if "--no-servers" not in sys.argv:
    pytest_plugins += ["tests.plugin_workers", "tests.plugin_browser"]
