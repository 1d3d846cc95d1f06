"""Posts a picture by a client that openapi-python-client generated: FOLDER (which holds it) URL IMAGE."""
import io
import json
import sys

folder, url, image = sys.argv[1:]
sys.path.insert(0, folder)

from generated import Client  # noqa: E402
from generated.api.default import get_health, infer  # noqa: E402
from generated.models import InferBody, InferResolution  # noqa: E402
from generated.types import File  # noqa: E402

client = Client(base_url=url, timeout=120)
health = get_health.sync_detailed(client=client)
with open(image, "rb") as file:
    body = InferBody(img=File(payload=io.BytesIO(file.read()), file_name="image.png", mime_type="image/png"))
answer = infer.sync_detailed(client=client, body=body, resolution=InferResolution("40x"))
if answer.status_code != 200:
    raise SystemExit(answer.content.decode())
print(json.dumps({"health": health.parsed.status, "scoring": answer.parsed.scoring.to_dict()}))
