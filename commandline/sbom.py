"""What Kuzet is made of: the packages of the lock as a CycloneDX document, and their licences as a list.

`make sbom` runs it in the project's environment. Packages for testing are left out; so is what this machine
does not need, such as the pins of a Raspberry Pi elsewhere.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent.parent / "requirements" / "run.txt"
PROJECT = LOCK.parent.parent / "pyproject.toml"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def normal(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(environment: Path) -> dict[str, Any]:
    """Everything in the environment, as CycloneDX JSON."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    command += ["--pyproject", str(PROJECT), str(environment)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    document: dict[str, Any] = json.loads(said.stdout)
    return document


def of_the_lock(document: dict[str, Any], lock: str) -> dict[str, Any]:
    """The document without what the lock does not name."""
    named = {normal(name) for name in _PINNED.findall(lock)}
    kept = [one for one in document["components"] if normal(one["name"]) in named]
    refs = {one["bom-ref"] for one in kept} | {document["metadata"]["component"]["bom-ref"]}
    arrows = [
        {**one, "dependsOn": [ref for ref in one.get("dependsOn", ()) if ref in refs]}
        for one in document.get("dependencies", ())
        if one["ref"] in refs
    ]
    return {**document, "components": kept, "dependencies": arrows}


def licences(document: dict[str, Any]) -> list[str]:
    """A line for each package: name, version, licence as the package declares it."""
    lines = []
    for one in document["components"]:
        said = {_words(entry) for entry in one.get("licenses", ())}
        lines.append(f"{one['name']} {one['version']}: {', '.join(sorted(said)) or 'not declared'}")
    return sorted(lines, key=str.lower)


def _words(entry: dict[str, Any]) -> str:
    licence = entry.get("license", {})
    return str(entry.get("expression") or licence.get("id") or licence.get("name"))


def main() -> int:
    """Write both files into the folder that is given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    document = of_the_lock(installed(Path(sys.prefix)), LOCK.read_text(encoding="utf-8"))
    (folder / "sbom.json").write_text(json.dumps(document, indent=2, sort_keys=True), encoding="utf-8")
    (folder / "licences.txt").write_text("\n".join(licences(document)) + "\n", encoding="utf-8")
    print(f"{folder / 'sbom.json'}, {folder / 'licences.txt'}: {len(document['components'])} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
