"""Gunicorn for a deployment: `gunicorn --config deploy/gunicorn.conf.py qaplatform.wsgi`. `make run` names its own.

Threads, since requests wait for the database; each process keeps QA_DB_POOL connections, so set that to `threads`.
"""

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 2
threads = 4
# A request that lasts longer has gone wrong; imports answer at once and work on in the background.
timeout = 60
graceful_timeout = 30
keepalive = 5
# Whatever leaks is given back now and then, not in all processes at once.
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = None
loglevel = "warning"
control_socket_disable = True
