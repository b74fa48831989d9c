# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a kea-dhcp4.conf: comments, included files, and faults that do not end the reading."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import MAX_DEPTH, parse


def test_comments_commas_and_numbers_of_kea() -> None:
    text = """{ // one
      "Dhcp4": { # "two
        "comment": "http://x#y/*z*/", /* { "a":
        1 } */ "valid-lifetime": 0060, "t1-percent": +.5,,
      },
    }"""
    root, problems = parse(text, {})
    assert problems == []
    assert root == {"Dhcp4": {"comment": "http://x#y/*z*/", "valid-lifetime": 60, "t1-percent": 0.5}}
    assert (root["Dhcp4"].line, root["Dhcp4"].place) == (2, "")


@pytest.mark.parametrize("text", ['{"a": {}, "b": [{"c": "}"}]}', '{"a": {}, "b": [{"c": "}"},]}'])
def test_both_ways_of_reading_agree(text: str) -> None:
    root, problems = parse("\n" + text.replace(",", ",\n"), {})
    assert problems == []
    assert (root, root.line, root["a"].line, root["b"][0].line) == ({"a": {}, "b": [{"c": "}"}]}, 2, 2, 3)


def test_included_files_stand_where_they_are_included() -> None:
    includes = {"nets": '{\n"subnet": <?include "one"?>\n}', "one": '"10.0.0.0/24" // that\n'}
    root, problems = parse('{ "subnet4": [\n <?include "nets"?>, {"id": 2} ] }', includes)
    assert problems == []
    assert root == {"subnet4": [{"subnet": "10.0.0.0/24"}, {"id": 2}]}
    assert [(node.line, node.place) for node in root["subnet4"]] == [(2, 'file "nets" line 1'), (2, "")]


def told(text: str, **includes: str) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.message) for problem in parse(text, includes).problems]


@pytest.mark.parametrize(
    "text, line, message",
    [
        ("", 1, "This text is no Kea configuration: it does not begin with {."),
        ("subnet 10.0.0.0 {", 1, "This text is no Kea configuration: it does not begin with {."),
        ('{\n"a": 1\n"b": 2}', 3, 'A comma is missing before "b".'),
        ('{\n"a" 1}', 2, 'A colon is missing after "a".'),
        ('{\n"a" = 1}', 2, 'A colon is missing after "a".'),
        ('{"a":\n}', 2, "A value is missing before }."),
        ('{"a": 1, "b"}', 1, '"b" has no value.'),
        ('{"a": 1,\n"a": 2}', 2, '"a" is there twice in the object; Kea refuses that.'),
        ('{"a": True}', 1, "True is no value."),
        ('{"a": yes}', 1, "yes is no value."),
        ("{\n'a': 1}", 2, "' stands where a name is expected."),
        ('{"a": 10.0.0.1}', 1, "10.0.0.1 is no number."),
        ('{"a": "b}\n', 1, "The text that begins here has no closing quote in its line."),
        ('{"a": "b\tc"}', 1, "A text contains a control character, such as a tab."),
        ('{"a": "\\q"}', 1, '"\\q" has a backslash before a wrong character.'),
        ('{"a": "\\u20ac"}', 1, "Kea refuses a character given by a number above 00ff."),
        ('{\n"a": [1, 2}', 2, "The [ of line 2 is not closed before }."),
        ('{\n"a": {\n"b": 1', 3, "The { of line 2 is not closed before the end."),
        ('{"a": 1}}', 1, "} follows the configuration's last }."),
        ('{"a": 1]}', 1, "] closes nothing."),
        ('{,"a": 1}', 1, "A comma stands before the first value."),
        ('{"a": [,1]}', 1, "A comma stands before the first value."),
        ('{"a": [1: 2]}', 1, "A comma is missing before :."),
        ('{"a": {{}}}', 1, "{ stands where a name is expected."),
        ("{} /* x", 1, "The comment that begins here has no end."),
        ('{"a": <?insert "b"?>}', 1, "This is no directive that Kea knows."),
        ('{"a": <?include "b"?>}', 1, 'The included file "b" was not given, so what it would add is not checked.'),
        ('{"a": <?include "self"?>}', 1, 'The file "self" includes itself without end.'),
    ],
)
def test_faults_have_their_lines(text: str, line: int, message: str) -> None:
    assert (line, message) in told(text, self='<?include "self"?>')


def test_reading_goes_on_after_a_fault() -> None:
    text = '{"Dhcp4": {\n"a": TRUE\n"b": \'x\',\n"c" 4,\n"d": [1 2]}}\n'
    assert [line for line, _message in told(text)] == [2, 3, 3, 4, 5]
    assert parse(text, {}).root == {"Dhcp4": {"a": True, "b": None, "c": 4, "d": [1, 2]}}


def test_text_without_end_is_read_in_linear_time() -> None:
    deep = '{"a":' * 5000
    assert told(deep) == [(1, f"Objects are nested more than {MAX_DEPTH} deep.")]
    assert len(told('{"a": ' + "?, " * 50_000)) <= 20
    assert len(told('{"a": }' + "\n" * 200_000)) == 1
    assert len(told("{/*" + " " * 200_000)) >= 1
    url = '"http://a/#b", ' * 50_000
    assert told('{"a": [' + url + "]}") == []


def test_an_absent_file_is_no_further_fault() -> None:
    text = '{"Dhcp4": {<?include "a"?>, "subnet4": [<?include "b"?>], "c": <?include "d"?>}}'
    found = parse(text, {})
    assert {problem.slug for problem in found.problems} == {"include-missing"}
    assert found.root == {"Dhcp4": {"subnet4": [], "c": None}}
