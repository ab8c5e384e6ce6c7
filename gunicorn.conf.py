"""How the web server runs; gunicorn reads this file by itself from the folder in which it is started."""

import os
from pathlib import Path

host = os.environ.get("HOST") or "127.0.0.1"
bind = f"[{host}]:{os.environ.get('PORT') or 8000}" if ":" in host else f"{host}:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or os.cpu_count() or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
# The code is loaded once and shared by the workers. What holds sockets and threads of its own (the pool of PostgreSQL
# connections, the MongoDB client) is made at its first use, so after the fork.
preload_app = True
# Workers prove that they live by touching a file; on a disk that may be slow, that would kill them.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
timeout = 30
graceful_timeout = 10
keepalive = 5
control_socket_disable = True
loglevel = "warning"
