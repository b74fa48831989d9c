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

project = "netlab.dhcp_failover"
author = "netlab.dhcp_failover contributors"
html_title = "DHCP failover"
root_doc = "index"

extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx_copybutton"]
# Of a console, the commands only.
copybutton_prompt_text = r"[$#] "
copybutton_prompt_is_regexp = True
myst_heading_anchors = 3

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"source_repository": REPOSITORY, "source_branch": "main", "source_directory": "docs/"}
html_show_sphinx = False
html_show_copyright = False
html_search_scorer = str(Path(__file__).with_name("search.js"))
highlight_language = "none"
antsibull_ext_color_scheme = "default-autodark"


def leave_the_site(_app: Sphinx, page: str, source: list[str]) -> None:
    """Make a link to a file outside docs/ point to the repository."""

    def away(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), link[1]))
        return link[0] if target.startswith("docs/") else f"]({REPOSITORY}/blob/main/{target})"

    source[0] = re.sub(r"\]\((\.\./[^)\s]*)\)", away, source[0])


def shorten_reference(_app: Sphinx, page: str, source: list[str]) -> None:
    """Remove the long titles of generated pages, which fill the sidebar, and their contents, which the theme shows."""
    if page.startswith("reference/"):
        short = re.sub(
            r"^netlab\.dhcp_failover\.(\w+) (module|filter|role) -- (.*)\n(\++)$",
            r"\1\n\4\n\n\3.",
            source[0],
            flags=re.M,
        )
        source[0] = re.sub(r"^\.\. contents::\n(?: +:.*\n)+", "", short, flags=re.M)


def link_to_ansible(
    _app: Sphinx, _environment: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.reference | None:
    label = node["reftarget"]
    plugin = re.fullmatch(r"ansible_collections\.(\w+)\.(\w+)\.(\w+)", label)
    page = "/".join(["collections", *plugin.groups()]) if plugin else THERE.get(label)
    return page and nodes.reference("", "", text, refuri=f"{ANSIBLE}/{page}.html", internal=False)


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", link_to_ansible)
    app.connect("source-read", leave_the_site)
    app.connect("source-read", shorten_reference)
