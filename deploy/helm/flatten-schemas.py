"""Takes Kubernetes' strict JSON schemas out of the wheel of kubernetes-validate, and makes each a file of its own.

There they refer to one file of definitions by an address that kubeconform does not find.

python3 flatten-schemas.py WHEEL VERSION FOLDER
"""

import json
import sys
import zipfile
from pathlib import Path

KINDS = [
    "deployment-apps-v1",
    "ingress-networking-v1",
    "job-batch-v1",
    "networkpolicy-networking-v1",
    "poddisruptionbudget-policy-v1",
    "service-v1",
    "serviceaccount-v1",
    "statefulset-apps-v1",
]
ELSEWHERE = '"/api/_definitions.json#/'


def main(wheel: str, version: str, folder: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        source = f"kubernetes_validate/kubernetes-json-schema/{version}-local-strict"

        def read(name: str) -> dict:
            text = archive.read(f"{source}/{name}.json").decode()
            return json.loads(text.replace(ELSEWHERE, '"#/'))

        definitions = read("_definitions")["$defs"]
        for kind in KINDS:
            schema = read(kind)
            schema.pop("$id", None)
            schema["$defs"] = definitions
            (target / f"{kind}.json").write_text(json.dumps(schema))


if __name__ == "__main__":
    main(*sys.argv[1:])
