"""The pages for operators name only commands, services, rules and settings that are there."""

import re
from pathlib import Path

import pytest

import kuzet
from hub.rules import CHECKS

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs/operations").glob("*.md")), ROOT / "SECURITY.md", ROOT / "deploy/README.md"]
ABOUT = (ROOT / "docs/operations/about-itself.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "deploy/ansible/roles/settings/defaults/main.yml").read_text(encoding="utf-8")
#: Rules about the system itself rather than about rooms and people.
ITSELF = ("silent", "faulty", "untrusted", "nobody")


def ids(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_page_names_commands_that_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    spans = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^(?!#).*$", "\n".join(blocks(text)), re.MULTILINE)
    named = {
        tuple(found[0].split())
        for one in spans
        if (found := re.findall(r"(?:^|[ /])kuzet ([a-z][a-z -]*)", one))
    }
    # A group of commands may be named too: `kuzet bench`.
    known = set(kuzet.COMMANDS) | {words[:1] for words in kuzet.COMMANDS}
    alone = {words for words in kuzet.COMMANDS if len(words) == 1}
    assert {words for words in named if words[:2] not in known and words[:1] not in alone} == set()


def blocks(text: str) -> list[str]:
    """What stands between fences."""
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_page_names_services_and_settings_that_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    services = set(re.findall(r"systemctl [a-z-]+ (?:--now )?(kuzet-[a-z]+)", text))
    assert [one for one in services if not (ROOT / "deploy/systemd" / f"{one}.service").exists()] == []
    assert [one for one in re.findall(r"`(kuzet_[a-z_]+)", text) if f"{one}:" not in SETTINGS] == []


@pytest.mark.parametrize("rule", [rule for rule in CHECKS if rule.startswith(ITSELF)])
def test_every_rule_about_the_system_itself_is_explained(rule: str) -> None:
    assert f"`{rule}`" in ABOUT


@pytest.mark.parametrize("page", [ROOT / "SECURITY.md", ROOT / "deploy/README.md"], ids=ids)
def test_links_of_pages_outside_the_docs_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)", page.read_text(encoding="utf-8"))
    assert [one for one in links if not (page.parent / one).exists()] == []
