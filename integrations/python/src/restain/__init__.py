"""Nuclei and scores of immunohistochemistry images, by a Restain server.

```python
import restain

client = restain.Client("http://localhost:3000")
result = client.score("field.png", resolution="40x")

result.percent          # 7.0
result.interval         # (3.6, 13.2)
result.total, result.positive
result.nuclei           # a pandas DataFrame, or a list of dictionaries
result.images["Seg"]    # a numpy array
result.warnings         # doubts about the numbers
result.save("results", "field")
```

An image is a path, the bytes of a file, a numpy array (uint8, height x width x 3) or a Pillow image. Of a folder, two
images are scored at a time:

```python
for outcome in client.score_folder("fields", resolution="40x"):
    print(outcome.image, outcome.error or outcome.result.percent)
```

A whole slide is sent once and kept by the server:

```python
slide = client.slide("slide.svs", accept_terms=True)
scores = slide.score()
scores.slide.percent, scores.hot_spots
slide.nuclei()
slide.delete()
```

`AsyncClient` is the same for asyncio. On the command line: `restain score fields --resolution 40x --out results.csv`.
For research use only.
"""

from .client import PICTURES, AsyncClient, Client, Outcome
from .errors import FieldError, RestainError
from .exports import EXPORTS, SLIDE_EXPORTS
from .options import MARKERS, ExportOptions, ScoreOptions, SlideExportOptions, SlideOptions, SlideSettings
from .result import Images, Result, Warning
from .slides import ANNOTATION_CLASSES, AsyncSlide, RegionScore, Slide, SlideScores
from .sources import ImageLike, find_images

__version__ = "0.2.0"

__all__ = [
    "ANNOTATION_CLASSES",
    "EXPORTS",
    "MARKERS",
    "PICTURES",
    "SLIDE_EXPORTS",
    "AsyncClient",
    "AsyncSlide",
    "Client",
    "ExportOptions",
    "FieldError",
    "ImageLike",
    "Images",
    "Outcome",
    "RegionScore",
    "RestainError",
    "Result",
    "ScoreOptions",
    "Slide",
    "SlideExportOptions",
    "SlideOptions",
    "SlideScores",
    "SlideSettings",
    "Warning",
    "find_images",
]
