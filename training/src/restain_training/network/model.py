"""The network: space-to-depth stem, thin residual U-Net at half resolution, pixel-shuffle outputs, classifier."""

import itertools

import torch
from torch import nn
from torch.nn import functional

from ..data.staining import FEATURES
from ..data.targets import NEGATIVE, POSITIVE

# Output channels in the head's order.
OUTPUTS = {"segmentation": 4, "hematoxylin": 3, "dapi": 1, "lap2": 1, "marker": 1, "distance": 1}
LEVELS = (1, 2, 4, 6)  # channels at 1/2, 1/4, 1/8, 1/16 in units of the width
ENCODER_BLOCKS = (1, 2, 2, 2)
MULTIPLE = 16  # input sizes must be multiples of this
CLASSIFIER_WIDTH = 32
CORNERS = 4  # px at full resolution for each px at half resolution, one channel each


class Pointwise(nn.Conv2d):
    """1x1 convolution that PyTorch 1.13 runs through oneDNN even for a small batch on one thread.

    By itself PyTorch takes an unoptimised path there, which is three times slower. A 1x1 convolution does not
    mix rows, so in training a batch of fewer than 16 images is reshaped to 16 parts of images.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, D, H, W)."""
        if not self.training:
            return super().forward(x)
        n, c, h, w = x.shape
        parts = 16 // n if 0 < n < 16 and h % (16 // n) == 0 else 1
        folded = x.permute(0, 2, 3, 1).reshape(n * parts, h // parts, w, c).permute(0, 3, 1, 2)
        y = super().forward(folded)
        return y.permute(0, 2, 3, 1).reshape(n, h, w, -1).permute(0, 3, 1, 2)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch norm, added to their input."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        y = functional.relu(self.first_norm(self.first(x)), inplace=True)
        return functional.relu(x + self.second_norm(self.second(y)), inplace=True)


def _convolution(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
                         nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Classifier(nn.Module):
    """Shifts a nucleus towards positive or negative, by its surroundings and by the staining of the whole picture.

    Only the classifier takes the staining. As an input of the whole network it also showed which generator drew a
    tile, and so which nuclei are outlined there (HISTORY.md, 0.6.0).
    """

    def __init__(self, inputs: int):
        super().__init__()
        self.first = Pointwise(inputs, CLASSIFIER_WIDTH)
        self.staining = nn.Sequential(nn.Linear(FEATURES, CLASSIFIER_WIDTH), nn.ReLU(inplace=True),
                                      nn.Linear(CLASSIFIER_WIDTH, 2 * CLASSIFIER_WIDTH))
        self.last = Pointwise(CLASSIFIER_WIDTH, CORNERS)
        for layer in (self.staining[-1], self.last):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: torch.Tensor, staining: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) and (N or 1, FEATURES) -> (N, 4, H, W), to be added to log(positive / negative) of 2 x 2 px."""
        shift, gain = self.staining(staining).chunk(2, dim=1)
        gain = 1 + gain
        # For one picture, as in the product, the gain is applied to the weights instead of to every pixel.
        if torch.jit.is_tracing() or len(staining) == 1:
            weight, bias = self.first.weight * gain[0, :, None, None, None], self.first.bias * gain[0] + shift[0]
            hidden = functional.conv2d(features, weight, bias)
        else:
            hidden = self.first(features) * gain[..., None, None] + shift[..., None, None]
        return self.last(functional.relu(hidden))


class RestainNet(nn.Module):
    """Stained picture in, modalities and segmentation logits out.

    Parameters
    ----------
    width : channels at half resolution
    """

    def __init__(self, width: int = 16):
        super().__init__()
        self.width = width
        channels = [width * level for level in LEVELS]
        self.stem = _convolution(3, channels[0], 6, 2, 2)  # = space-to-depth and a 3x3 convolution
        self.encoder = nn.ModuleList(
            nn.Sequential(*(ResidualBlock(c) for _ in range(n))) for c, n in zip(channels, ENCODER_BLOCKS)
        )
        self.down = nn.ModuleList(_convolution(a, b, 3, 2, 1) for a, b in itertools.pairwise(channels))
        self.lateral = nn.ModuleList(Pointwise(b, a) for a, b in itertools.pairwise(channels))
        self.decoder = nn.ModuleList(ResidualBlock(c) for c in channels[:-1])
        self.head = nn.Sequential(_convolution(channels[0], 2 * channels[0], 3, 1, 1),
                                  Pointwise(2 * channels[0], CORNERS * sum(OUTPUTS.values())))
        self.classifier = Classifier(2 * channels[0])

    def forward(self, image: torch.Tensor, staining: torch.Tensor) -> dict[str, torch.Tensor]:
        """Raw outputs by name at input resolution.

        Parameters
        ----------
        image : (N, 3, H, W) float tensor in -1..1, sizes multiples of MULTIPLE
        staining : (N or 1, FEATURES) float tensor, of the whole picture that each image is part of

        Returns
        -------
        name -> (N, C, H, W): logits of the segmentation classes, and logits of everything else in 0..1
        """
        return dict(zip(OUTPUTS, self.logits(image, staining).split(list(OUTPUTS.values()), dim=1)))

    def logits(self, image: torch.Tensor, staining: torch.Tensor) -> torch.Tensor:
        """All raw outputs in one (N, C, H, W) tensor, in the order of OUTPUTS.

        The classifier divides the probability of nucleus between the two classes and does not change their sum.
        """
        raw, leaning = (part.float() for part in self.undivided(image, staining))
        parts = list(raw.split(1, 1))  # the gradient of a slice would be as large as all of `raw`
        positive, negative = parts[POSITIVE], parts[NEGATIVE]
        nucleus, leaning = torch.logaddexp(positive, negative), leaning + positive - negative
        parts[POSITIVE], parts[NEGATIVE] = (nucleus + functional.logsigmoid(sign * leaning) for sign in (1, -1))
        return torch.cat(parts, 1)

    def undivided(self, image: torch.Tensor, staining: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Raw outputs (N, C, H, W), and what the classifier adds to log(positive / negative) there, (N, 1, H, W)."""
        return tuple(functional.pixel_shuffle(part.contiguous(), 2) for part in self.corners(image, staining))

    def corners(self, image: torch.Tensor, staining: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What `undivided` returns, before its pixels are shuffled: (N, 4C, H / 2, W / 2) and (N, 4, H / 2, W / 2)."""
        features = self.features(image)
        return self.head[1](features), self.classifier(features, staining)

    def features(self, image: torch.Tensor) -> torch.Tensor:
        """What every output is read from: (N, 3, H, W) -> (N, 2 * width, H / 2, W / 2)."""
        x = self.stem(image)
        skips = []
        for level, blocks in enumerate(self.encoder):
            x = blocks(x)
            if level < len(self.down):
                skips.append(x)
                x = self.down[level](x)
        for level in reversed(range(len(self.decoder))):
            up = functional.interpolate(self.lateral[level](x), scale_factor=2.0, mode="nearest")
            x = self.decoder[level](skips[level] + up)
        return self.head[0](x)


def normalise(image: torch.Tensor) -> torch.Tensor:
    """0..255 to -1..1, as the network's input is scaled."""
    return image.float() / 127.5 - 1.0
