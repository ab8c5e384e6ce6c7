"""The settings of a site that is broken on purpose, in one of the ways of `sabotage.py`: `SABOTAGE` says in which."""

from learnflow.settings import *  # noqa: F403
from learnflow.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.sabotage.Sabotage"]
