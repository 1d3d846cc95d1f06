"""Posts an image, saves the pictures and the scoring: `infer_and_save.py URL IMAGE FOLDER [--plain]`.

With `requests` where that is installed, else (or with --plain) with the standard library alone.
"""

import base64
import json
import os
import sys
import urllib.request
import uuid

try:
    import requests
except ImportError:
    requests = None


def post(url, path, params):
    if requests is not None and "--plain" not in sys.argv:
        with open(path, "rb") as image:
            answer = requests.post(url, files={"img": image}, params=params)
        answer.raise_for_status()
        return answer.json()
    boundary = uuid.uuid4().hex
    with open(path, "rb") as image:
        content = image.read()
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="img"; filename="{os.path.basename(path)}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    query = "&".join(f"{name}={value}" for name, value in params.items())
    request = urllib.request.Request(
        f"{url}?{query}", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def main():
    server, path, folder = sys.argv[1:4]
    data = post(server + "/api/infer", path, {"resolution": "40x"})
    os.makedirs(folder, exist_ok=True)
    for name, picture in data["images"].items():
        with open(os.path.join(folder, name + ".png"), "wb") as out:
            out.write(base64.b64decode(picture.encode()))
    print(json.dumps(data["scoring"]))


main()
