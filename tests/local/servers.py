"""Servers of the runner's kind, for its own tests."""

from qaplatform.local.credentials import make_credentials
from qaplatform.local.servers import plan_servers
from qaplatform.local.users import make_private, server_user


def plan(folder, *, credentials=None):
    """Lay out durable servers in a folder that their account can enter."""
    make_private(folder, server_user())
    logs = folder.with_name(f"{folder.name}-logs")
    logs.mkdir(exist_ok=True)
    return plan_servers(
        folder, logs=logs, user=server_user(), credentials=credentials or make_credentials(), is_durable=True
    )
