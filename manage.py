#!/usr/bin/env python
"""Django's commands, on the stores that the environment names or on the embedded ones."""

import os
import signal
import sys

from learnflow import command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "learnflow.settings")
    try:
        command_line.prepare(sys.argv[1:])
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    finally:
        command_line.disconnect()


if __name__ == "__main__":
    main()
