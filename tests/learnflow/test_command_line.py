"""What a person at the terminal is told when the stores can't be used, and which commands need none."""

import pytest

from learnflow.command_line import needs_stores
from tests.learnflow.commands import run

NOBODY_LISTENS = "127.0.0.1:9"


@pytest.mark.parametrize(
    "arguments",
    [[], ["help"], ["version"], ["up", "--help"], ["collectstatic", "--no-input"], ["makemessages"], ["check"]],
)
def test_some_commands_need_no_stores(arguments):
    assert not needs_stores(arguments)


@pytest.mark.parametrize("arguments", [["migrate"], ["up"], ["shell"], ["check", "--database=default"]])
def test_the_others_do(arguments):
    assert needs_stores(arguments)


@pytest.mark.parametrize("password", ["hidden/1", "hidden#1", "hidden?1", "hidden%zz", "[hidden"])
@pytest.mark.parametrize("variable", ["DATABASE_URL", "MONGO_URL"])
def test_a_password_that_spoils_the_address_is_not_shown(tmp_path, variable, password):
    scheme = "postgres" if variable == "DATABASE_URL" else "mongodb"
    address = f"{scheme}://app:{password}@{NOBODY_LISTENS}/learnflow"
    status, said = run("check_stores", var_dir=tmp_path / "var", **{variable: address, "SECRET_KEY": "key"})
    assert status == 2 and "hidden" not in said and "Traceback" not in said
    assert said.startswith((f"{variable} isn't an address: ", f"The server that {variable} names ({NOBODY_LISTENS})"))


def test_help_starts_nothing(tmp_path):
    status, said = run("up", "--help", var_dir=tmp_path / "var")
    assert status == 0
    assert "--no-demo" in said
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"DATABASE_URL": f"postgres://app:hidden@{NOBODY_LISTENS}/learnflow", "SECRET_KEY": "key"},
            f"The server that DATABASE_URL names ({NOBODY_LISTENS}) doesn't answer: ",
        ),
        (
            {"MONGO_URL": f"mongodb://app:hidden@{NOBODY_LISTENS}/learnflow"},
            f"The server that MONGO_URL names ({NOBODY_LISTENS}) doesn't answer: ",
        ),
        (
            {"DATABASE_URL": f"postgres://app:hidden@{NOBODY_LISTENS}/learnflow"},
            "DATABASE_URL is set but SECRET_KEY is not: ",
        ),
        ({"VAR_DIR": "/dev/null/var"}, "/dev/null/var can't be used: "),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(tmp_path, variables, sentence):
    status, said = run("migrate", **{"var_dir": tmp_path / "var"} | variables)
    assert status == 1
    assert said.startswith(sentence)
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert "hidden" not in said
