"""Cells of files for spreadsheets: text stays text."""

import csv

import pytest

from learnflow.spreadsheets import csv_response

FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(1)"]


def sent(*cells):
    response = csv_response("things", ["Thing"], [cells])
    return list(csv.reader(response.getvalue().decode().splitlines(keepends=True)))[1:]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_spreadsheet_takes_words_for_a_formula(text):
    response = csv_response("things", [text], [[text]])
    assert response.getvalue().decode().count(f"'{text}") == 2


def test_numbers_stay_numbers_and_words_stay_as_they_are():
    assert sent(-3, -0.5, 12, "a = b", "1-2", "Zoë", None) == [["-3", "-0.5", "12", "a = b", "1-2", "Zoë", ""]]


def test_a_word_cannot_leave_its_cell():
    assert sent('a","=1+1', "b;=1") == [['a","=1+1', "b;=1"]]
