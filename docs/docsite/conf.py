# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site: the pages of docs/, and the reference that antsibull-docs makes (`make docs`)."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ANSIBLE = "https://docs.ansible.com/ansible/latest"
# Targets in Ansible's own documentation to which the generated pages refer; its index would need a download.
THERE = {
    "action_plugins": "plugins/action",
    "ansible_configuration_settings": "reference_appendices/config",
    "common_return_values": "reference_appendices/common_return_values",
}
REPOSITORY = "https://github.com/netlab/dhcp_failover"
# The head of the list of modules, filters and roles.
INDEX = """\
.. _plugins_in_netlab.dhcp_failover:

Modules, filters and roles
==========================

:doc:`Install the collection <../first-pair>`, then ``ansible-doc -t module netlab.dhcp_failover.NAME`` shows these
pages on a terminal, too (``-t filter`` and ``-t role`` for the others).

"""
# A line with five columns at least.
ROW = re.compile(r"(?:\S+(?: \S+)* {2,}){4}\S")

project = "netlab.dhcp_failover"
author = "netlab.dhcp_failover contributors"
html_title = "DHCP failover"
root_doc = "index"
exclude_patterns = ["reference/environment_variables.rst"]

extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx_copybutton"]
# Of a console, the commands only.
copybutton_prompt_text = r"[$#] "
copybutton_prompt_is_regexp = True
myst_heading_anchors = 3

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"top_of_page_buttons": []}
html_show_sphinx = False
html_show_copyright = False
html_search_scorer = str(Path(__file__).with_name("search.js"))
highlight_language = "none"
antsibull_ext_color_scheme = "default-autodark"


def place(path: str) -> str:
    """Where the site has a file of the repository; the repository's address if it has none."""
    role = re.fullmatch(r"roles/(\w+)/(README\.md|meta/argument_specs\.yml)", path)
    if role:
        return f"roles/{role[1]}.md" if role[2] == "README.md" else f"reference/{role[1]}_role.rst"
    if path == "CONTRIBUTING.md":
        return "contributing.md"
    return path[len("docs/") :] if path.startswith("docs/") else f"{REPOSITORY}/blob/main/{path}"


def move_links(_app: Sphinx, page: str, source: list[str]) -> None:
    """Let links, which are right in the repository, lead to the same files on the site."""
    if page.startswith("reference/"):
        return
    own = {"contributing": "CONTRIBUTING.md"}.get(page, f"docs/{page}.md")
    if page.startswith("roles/"):
        own = f"{page}/README.md"

    def moved(link: re.Match[str]) -> str:
        target = place(posixpath.normpath(posixpath.join(posixpath.dirname(own), link[1])))
        return f"]({target if ':' in target else posixpath.relpath(target, posixpath.dirname(page) or '.')}"

    source[0] = re.sub(r"\]\((?!\w+:)([^)\s#]+)", moved, source[0])


def shorten_reference(_app: Sphinx, page: str, source: list[str]) -> None:
    """Give generated pages short titles, and a note that is true here; remove contents, which the theme shows."""
    if not page.startswith("reference/"):
        return
    text = re.sub(r"^\.\. contents::\n(?: +:.*\n)+", "", source[0], flags=re.M)
    if page == "reference/index":
        label, lists = ".. _module_plugins_in_netlab.dhcp_failover:", text.partition(".. _module_plugins_in")[2]
        text = f"{INDEX}\n{label}{lists.partition(':')[2]}"
        text = text.replace("Filter Plugins\n~~~~~~~~~~~~~~", "Filters\n~~~~~~~").replace(
            "Role Index\n----------\n\nThese are the roles in the netlab.dhcp_failover collection:", "Roles\n~~~~~"
        )
    text = re.sub(
        r"^netlab\.dhcp_failover\.(\w+) (module|filter|role) -- (.*)\n(\++)$", r"\1 (\2)\n\4\n\n\3.", text, flags=re.M
    )
    text = re.sub(
        r"^\.\. note::\n    This [\w ]+ is part of the `netlab.*\n(?:    .*\n|\n)*?    To use it in a play.*: (.*)\.$",
        r"Its full name is \1.",
        text,
        flags=re.M,
    )
    # A role has one entry point, so its options need no heading of their own.
    source[0] = re.sub(r"^Entry point ``main`` -- .*\n-+\n", "", text, flags=re.M)


def mark_printed_tables(_app: Sphinx, tree: nodes.document) -> None:
    """Mark the tables that programs print, whose lines must not be broken."""
    for block in tree.findall(nodes.literal_block):
        if block.get("language") == "text" and all(map(ROW.match, block.astext().splitlines()[:2])):
            block["classes"].append("printed-table")


def link_to_ansible(
    _app: Sphinx, _environment: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.reference | None:
    label = node["reftarget"]
    plugin = re.fullmatch(r"ansible_collections\.(\w+)\.(\w+)\.(\w+)", label)
    page = "/".join(["collections", *plugin.groups()]) if plugin else THERE.get(label)
    return page and nodes.reference("", "", text, refuri=f"{ANSIBLE}/{page}.html", internal=False)


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", link_to_ansible)
    app.connect("source-read", move_links)
    app.connect("source-read", shorten_reference)
    app.connect("doctree-read", mark_printed_tables)
