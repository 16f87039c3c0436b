"""Plugins of every test."""

pytest_plugins = ["tests.plugin_servers"]
