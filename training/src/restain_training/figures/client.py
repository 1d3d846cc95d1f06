"""A client of the product: posts a picture, reads the answer."""

import base64
import io
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

BUSY = (429, 503)
OVERLOADED = "not read within"  # part of the message of a decoder's time limit, reached on a busy machine
ATTEMPTS = 20
POLL_SECONDS = 1.0
TERMS = "Restain-Terms"  # whose version 1 is accepted by who uploads
JSON, BYTES = "application/json", "application/octet-stream"


class Refused(RuntimeError):
    """The server answered with a problem."""


@dataclass(frozen=True)
class Answer:
    """A finished analysis."""

    scoring: dict
    images: dict[str, np.ndarray]  # name -> (H, W, 3) uint8
    cells: list[dict]  # [{x, y, positive, kind, contour}]; contour: [(x, y)] of the outline, counted as x and y are
    warnings: list[dict[str, str]]
    provenance: dict


def encode(image: np.ndarray) -> bytes:
    """PNG of (H, W, 3) uint8, with fast compression."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def decode(data: bytes) -> np.ndarray:
    """(H, W, 3) uint8 of an image file."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def _multipart(files: dict[str, bytes]) -> tuple[bytes, str]:
    boundary = uuid.uuid4().hex
    parts = []
    for name, data in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
        parts += [head.encode(), data, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


class Client:
    """A running server. `options` go with every request, for example {"model": "restain-ihc"}."""

    def __init__(self, url: str, options: dict[str, str] | None = None):
        self.url, self.options = url.rstrip("/"), options or {}

    def _send(self, path: str, data: bytes | None = None, kind: str = "", method: str | None = None) -> dict:
        headers = {"Content-Type": kind, TERMS: "1"} if data is not None else {}
        url = path if path.startswith("http") else self.url + path
        for _ in range(ATTEMPTS):
            try:
                with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as response:
                    return json.loads(response.read() or b"{}")
            except urllib.error.HTTPError as error:
                problem = error.read().decode(errors="replace")
                if error.code not in BUSY and OVERLOADED not in problem:
                    raise Refused(f"{error.code} {path}: {problem[:500]}") from error
                time.sleep(float(error.headers.get("Retry-After") or 1))
        raise Refused(f"{path}: busy after {ATTEMPTS} attempts")

    def _wait(self, task_id: str) -> dict:
        while True:
            task = self._send(f"/api/batch/infer/{task_id}")
            if task["state"] == "SUCCESS":
                return task["result"]
            if task["state"] in ("FAILURE", "REVOKED"):
                raise Refused(f"task {task['state']}: {task.get('error')}")
            time.sleep(POLL_SECONDS)

    def _ask(self, path: str, files: dict[str, bytes], options: dict) -> Answer:
        query = urllib.parse.urlencode(self.options | {k: v for k, v in options.items() if v is not None})
        result = self._send(f"{path}?{query}", *_multipart(files))
        if "task_id" in result and "images" not in result:  # it takes longer than the synchronous limit
            result = self._wait(result["task_id"])
        # The API counts from corners, truth from pixel centres.
        cells = [{"x": c["centroid"][0] - 0.5, "y": c["centroid"][1] - 0.5, "positive": c["positive"],
                  "kind": c.get("kind"), "contour": [(x - 0.5, y - 0.5) for x, y in c.get("contour", [])]}
                 for c in result.get("cells", [])]
        images = {name: decode(base64.b64decode(text)) for name, text in result["images"].items()}
        return Answer(result.get("scoring", {}), images, cells, result.get("warnings", []), result["provenance"])

    def infer(self, picture: bytes | Path | np.ndarray, microns_per_pixel: float = 0.25, **options) -> Answer:
        """Analyse an image file or an array (H, W, 3) uint8; options as the API names them."""
        data = encode(picture) if isinstance(picture, np.ndarray) else picture
        data = data.read_bytes() if isinstance(data, Path) else data
        return self._ask("/api/infer", {"img": data}, {"microns_per_pixel": microns_per_pixel, "pil": "true"} | options)

    def analyse(self, picture: Path, microns_per_pixel: float) -> dict:
        """A stored analysis of an image file, as the page makes it, once it is done."""
        data = picture.read_bytes()
        analysis = self._send("/api/analyses", json.dumps({"bytes": len(data)}).encode(), JSON)
        path = f"/api/analyses/{analysis['id']}"
        for part in analysis["upload"]["missing"]:
            chunk = data[part["offset"] : part["offset"] + part["bytes"]]
            self._send(part["url"], chunk, part["headers"].get("Content-Type", BYTES), "PUT")
        self._send(f"{path}/verify", b"{}", JSON)
        self._send(f"{path}/start", json.dumps({"microns_per_pixel": microns_per_pixel}).encode(), JSON)
        while (analysis := self._send(path))["state"] not in ("done", "failed", "cancelled"):
            time.sleep(POLL_SECONDS)
        if analysis["state"] != "done":
            raise Refused(f"analysis {analysis['state']}: {analysis.get('problem')}")
        return analysis

    def rescore(self, analysis: str, parameters: dict) -> dict:
        """The stored analysis after its result was made anew with these parameters."""
        return self._send(f"/api/analyses/{analysis}/scoring", json.dumps(parameters).encode(), JSON, "PUT")

    def postprocess(self, picture: np.ndarray, segmentation: np.ndarray, microns_per_pixel: float = 0.25,
                    **options) -> Answer:
        """Score maps inferred earlier, with other thresholds; both arrays (H, W, 3) uint8."""
        options = {key: value for key, value in options.items() if value is not None}
        twin = Client(self.url)  # without `options`: the model's name is not an option of this endpoint
        return twin._ask("/api/postprocess", {"img": encode(picture), "seg_img": encode(segmentation)},
                         {"microns_per_pixel": microns_per_pixel, "pil": "true"} | options)
