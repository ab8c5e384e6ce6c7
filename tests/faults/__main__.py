"""`python -m tests.faults`, or `make faults`: kill parts of a site under load, and look for what was lost.

The seed repeats the choice of acts and kills; at which moment of which act a kill comes, only chance decides.
"""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.faults.killing import strike
from tests.faults.load import Load, in_folder


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # nothing stays behind then either
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir=options.folder))
    folder.chmod(0o755)
    _say(f"{options.kills} kills, seed {options.seed}; journal and logs are in {folder}.")
    site = in_folder(folder)
    try:
        load = Load(site, options.seed, "f1")
        site.start()
        result = load.run(partial(strike, site, options.kills, options.seed))
    finally:
        site.end()
    _say(result.table())
    if result.losses:
        _say(result.story())
        return 1
    shutil.rmtree(folder)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="how many parts are killed (%(default)s)")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="what chooses acts and kills (a new one)")
    parser.add_argument("--folder", type=Path, default=None, help="where the stores, logs and journal are made")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
