#!/usr/bin/env python3
"""Writes an update site of ImageJ and Fiji: db.xml.gz, and the plugin beside it.

    python3 integrations/imagej/update_site.py public/downloads/restain-imagej.jar FOLDER

FOLDER is then served by any web server of files. Running it again with a newer jar into the same folder makes that the
version of the site; ImageJ recognises the earlier ones and updates them. The form is that of the ImageJ updater
(github.com/imagej/imagej-updater).
"""

import gzip
import hashlib
import sys
import zipfile
from datetime import datetime, timezone
from pathlib import Path
from xml.etree import ElementTree

PLUGIN = "plugins/Restain_.jar"
DESCRIPTION = "Scores immunohistochemistry images with a Restain server. For research use only."
INDEX = "db.xml.gz"

# The document type that files of the ImageJ updater carry (imagej-updater, BSD-2-Clause: see NOTICE).
DTD = """<!DOCTYPE pluginRecords [
<!ELEMENT pluginRecords ((update-site | disabled-update-site)*, plugin*)>
<!ELEMENT update-site EMPTY>
<!ELEMENT disabled-update-site EMPTY>
<!ELEMENT plugin (platform*, category*, version?, previous-version*)>
<!ELEMENT version (description?, dependency*, link*, author*)>
<!ELEMENT previous-version EMPTY>
<!ELEMENT description (#PCDATA)>
<!ELEMENT dependency EMPTY>
<!ELEMENT link (#PCDATA)>
<!ELEMENT author (#PCDATA)>
<!ELEMENT platform (#PCDATA)>
<!ELEMENT category (#PCDATA)>
<!ATTLIST plugin filename CDATA #REQUIRED>
<!ATTLIST version timestamp CDATA #REQUIRED>
<!ATTLIST version checksum CDATA #REQUIRED>
<!ATTLIST version filesize CDATA #REQUIRED>
<!ATTLIST previous-version timestamp CDATA #REQUIRED>
<!ATTLIST previous-version timestamp-obsolete CDATA #IMPLIED>
<!ATTLIST previous-version checksum CDATA #REQUIRED>
]>
"""


def checksum(jar: Path) -> str:
    """SHA-1 as the updater makes it: of names and contents in the order of names.

    Comments of properties do not count, and nothing of the manifest, so that a rebuilt jar is the same.
    """
    digest = hashlib.sha1()
    with zipfile.ZipFile(jar) as archive:
        for name in sorted(archive.namelist()):
            digest.update(name.encode("ascii"))
            content = archive.read(name)
            if name == "META-INF/MANIFEST.MF":
                continue
            if name.endswith(".properties"):
                content = b"".join(line for line in content.splitlines(keepends=True) if not line.startswith(b"#"))
            digest.update(content)
    return digest.hexdigest()


def write(jar: Path, folder: Path) -> str:
    """Writes the site and says what was done. Raises ValueError if the folder holds the site of another plugin."""
    now = datetime.now(timezone.utc).strftime("%Y%m%d%H%M%S")
    digest, earlier = checksum(jar), []
    index = folder / INDEX
    if index.exists():
        plugin = ElementTree.fromstring(gzip.decompress(index.read_bytes())).find("plugin")
        version = plugin.find("version") if plugin is not None else None
        if plugin is None or version is None or plugin.get("filename") != PLUGIN:
            raise ValueError(f"{index} is not the index of this plugin")
        if version.get("checksum") == digest:
            return f"{folder} has this version already, of {version.get('timestamp')}."
        before = {name: version.get(name, "") for name in ("timestamp", "checksum")}
        earlier = [{**before, "timestamp-obsolete": now}, *(one.attrib for one in plugin.findall("previous-version"))]
    root = ElementTree.Element("pluginRecords")
    plugin = ElementTree.SubElement(root, "plugin", filename=PLUGIN)
    stated = {"checksum": digest, "timestamp": now, "filesize": str(jar.stat().st_size)}
    version = ElementTree.SubElement(plugin, "version", stated)
    ElementTree.SubElement(version, "description").text = DESCRIPTION
    for one in earlier:
        ElementTree.SubElement(plugin, "previous-version", one)
    target = folder / f"{PLUGIN}-{now}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(jar.read_bytes())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{DTD}{ElementTree.tostring(root, encoding="unicode")}\n'
    # Last, so that the index never names a file that is not there.
    unfinished = folder / f".{INDEX}"
    unfinished.write_bytes(gzip.compress(text.encode()))
    unfinished.replace(index)
    return f"{folder} has {PLUGIN} of {now}."


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: update_site.py JAR FOLDER")
    try:
        print(write(Path(sys.argv[1]), Path(sys.argv[2])))
    except (OSError, ValueError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        sys.exit(f"update_site.py: {error}")
