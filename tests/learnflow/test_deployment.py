"""What docker-compose.yml and .env.example say is what the code reads. No engine runs here: the files are compared."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from courses.services.uploads import FILE_LIMIT
from learnflow.middleware import LARGEST_STAFF_UPLOAD

ROOT = settings.BASE_DIR
READS_ENVIRONMENT = re.compile(r"""\bos\.environ(?:\.get\(|\[)\s*["']([A-Z_]+)["']""")
ONLY_FOR_DEVELOPMENT = {"DEBUG", "DEMO_PASSWORD"}


def settings_variables():
    """The first argument of each `env(...)` and `env.kind(...)` in settings.py."""
    tree = ast.parse((ROOT / "learnflow/settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    return {
        call.args[0].value
        for call in calls
        if ast.unparse(call.func).split(".")[0] == "env" and isinstance(call.args[0], ast.Constant)
    }


def other_variables():
    """What is read before or beside Django's settings."""
    sources = [ROOT / "gunicorn.conf.py", ROOT / "manage.py", *(ROOT / "learnflow").rglob("*.py")]
    found = {name for source in sources for name in READS_ENVIRONMENT.findall(source.read_text())}
    return found - {"DJANGO_SETTINGS_MODULE", "PATH"}


def example_variables():
    """Each variable of .env.example with the comment above it, or above the group in which it stands."""
    found, comment = {}, ""
    for line in (ROOT / ".env.example").read_text().splitlines():
        if match := re.match(r"#?([A-Z_]+)=", line):
            found[match[1]] = comment
        else:
            comment = f"{comment} {line.lstrip('# ')}" if line.startswith("#") else ""
    return found


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def image_variables():
    return set(re.findall(r"^\s*(?:ENV )?([A-Z_]+)=", (ROOT / "Dockerfile").read_text(), re.MULTILINE))


def test_the_example_explains_every_variable_that_is_read():
    missing = (settings_variables() | other_variables()) - set(example_variables())
    assert not missing


def test_the_example_names_nothing_that_nobody_reads():
    compose_reads = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert not set(example_variables()) - settings_variables() - other_variables() - compose_reads


def test_every_variable_of_the_example_has_words():
    assert all(len(comment) > 10 for comment in example_variables().values())


def test_everything_in_the_example_is_commented_out():
    """A copy of it changes nothing: an empty value is not the default."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert all(line.startswith("#") or not line for line in lines)


def test_compose_asks_only_for_variables_that_the_example_explains():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked <= set(example_variables())


def test_compose_sets_every_setting_of_a_public_site(compose):
    given = set(compose["services"]["migrate"]["environment"]) | image_variables()
    assert settings_variables() - given == ONLY_FOR_DEVELOPMENT & settings_variables()


@pytest.mark.parametrize("service", ["web", "worker", "migrate"])
def test_compose_gives_the_site_no_variable_that_it_does_not_read(compose, service):
    assert set(compose["services"][service]["environment"]) <= settings_variables() | other_variables()


@pytest.mark.parametrize("service", ["web", "worker"])
def test_only_the_migration_knows_the_owners(compose, service):
    assert not {"DATABASE_OWNER_URL", "MONGO_OWNER_URL"} & set(compose["services"][service]["environment"])


def test_each_service_waits_for_what_it_needs(compose):
    services = compose["services"]
    assert {"web", "worker", "migrate", "postgresql", "mongodb", "redis", "proxy"} <= set(services)
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)


def test_mongodb_is_a_replica_set_with_a_key(compose):
    command = compose["services"]["mongodb"]["command"]
    assert command[command.index("--replSet") + 1] == "rs0"
    assert "--keyFile" in command
    assert "replicaSet=rs0" in compose["x-settings"]["MONGO_URL"]


def test_mounted_files_exist(compose):
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", [])]
    files = [Path(mount.split(":")[0]) for mount in mounts if mount.startswith("./")]
    assert files
    assert all((ROOT / file).is_file() for file in files)


def test_the_proxy_lets_through_what_the_site_takes():
    limit = int(re.search(r"max_size (\d+)MB", (ROOT / "deploy/Caddyfile").read_text())[1])
    assert FILE_LIMIT < LARGEST_STAFF_UPLOAD <= limit * 1_000_000


def test_secrets_stay_out_of_the_image():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".env", "var", ".git"} <= set(ignored)
