"""From light to file: optics, sensor, sharpening, resampling, JPEG."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage


@dataclass(frozen=True)
class Camera:
    """How a picture is taken. `white` is the lamp's colour through glass, (3,) in 0..255."""

    white: tuple
    blur: float = 0.6
    noise: float = 2.0
    noise_grain: float = 0.6
    denoise: int = 0  # px of a median that takes the noise away, and fine structure with it; 0: none
    sharpen: float = 0.4
    sharpen_radius: float = 1.2
    contrast: float = 1.0
    gamma: float = 1.0
    aberration: float = 0.0  # px by which red and blue are shifted from green
    focal_shift: float = 0.0  # share by which blue is blurrier and red sharper than green; negative: the reverse
    jpeg_quality: int = 90
    shading: float = 0.0


def draw_camera(rng: np.random.Generator) -> Camera:
    """A random scanner or microscope camera."""
    level = rng.uniform(205, 252)
    tint = rng.normal(0, 0.018, 3)
    if rng.random() < 0.3:  # yellow lamp
        tint = tint + np.array([0.01, 0.0, -1.0]) * rng.uniform(0.03, 0.16)
    elif rng.random() < 0.1:  # cold lamp
        tint = tint + np.array([-1.0, -0.2, 0.2]) * rng.uniform(0.02, 0.1)
    white = np.clip(level * (1 + tint), 120, 255)
    return Camera(
        white=tuple(float(v) for v in white),
        blur=float(rng.choice([rng.uniform(0.3, 0.9), rng.uniform(0.9, 2.0), rng.uniform(2.0, 3.6)],
                              p=[0.55, 0.27, 0.18])),
        noise=float(rng.choice([rng.uniform(0.3, 2.5), rng.uniform(2.5, 7)], p=[0.75, 0.25])),
        noise_grain=rng.uniform(0.3, 1.2),
        sharpen=float(rng.choice([0.0, rng.uniform(0.2, 1.0), rng.uniform(1.0, 2.6)], p=[0.35, 0.4, 0.25])),
        sharpen_radius=rng.uniform(0.8, 2.2),
        contrast=rng.uniform(0.8, 1.2),
        gamma=rng.uniform(0.85, 1.2),
        aberration=float(rng.choice([0.0, rng.uniform(0, 0.9), rng.uniform(0.9, 2.5)], p=[0.45, 0.4, 0.15])),
        focal_shift=float(rng.choice([0.0, rng.uniform(-0.4, 0.7)], p=[0.5, 0.5])),
        jpeg_quality=int(rng.integers(45, 98)),
        shading=float(rng.choice([0.0, rng.uniform(0, 0.12)], p=[0.6, 0.4])),
    )


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """`image` (H, W, 3) uint8 after a JPEG round trip."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality, subsampling=2 if quality < 90 else 0)
    return np.asarray(Image.open(buffer))


def resize(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """`image` (H, W, 3) uint8 resampled to (height, width, 3), antialiased."""
    return np.asarray(Image.fromarray(image).resize((width, height), Image.BICUBIC))


def expose(rng: np.random.Generator, light: np.ndarray, camera: Camera, downsample: float = 1.0) -> np.ndarray:
    """Take the picture.

    Parameters
    ----------
    light : (H, W, 3) float32 array in 0..255, at 0.25 um/px
    camera : Camera
    downsample : px at 0.25 um for one camera px (1 = 40x, 2 = 20x, 4 = 10x)

    Returns
    -------
    (round(H / downsample), round(W / downsample), 3) uint8 array
    """
    height, width = light.shape[:2]
    channels = []
    for index in range(3):
        channel = light[..., index]
        if camera.blur > 0.35 or downsample > 1:
            blur = camera.blur * (1 + camera.focal_shift * (index - 1))
            channel = ndimage.gaussian_filter(channel, np.hypot(blur, 0.45 * (downsample - 1)))
        if camera.aberration > 0.15 and index != 1:
            shift = camera.aberration * (index - 1)
            channel = ndimage.shift(channel, (shift, -0.6 * shift), order=1, mode="nearest")
        channels.append(channel)
    image = np.stack(channels, axis=-1)
    if downsample > 1:
        size = (max(1, round(width / downsample)), max(1, round(height / downsample)))
        image = np.stack([np.asarray(Image.fromarray(image[..., i]).resize(size, Image.BOX)) for i in range(3)], -1)
    if camera.shading > 0:
        rows, cols = np.meshgrid(*(np.linspace(-1, 1, n) for n in image.shape[:2]), indexing="ij")
        image = image * (1 - camera.shading * (rows**2 + cols**2) / 2)[..., None]
    if camera.contrast != 1.0 or camera.gamma != 1.0:
        white = np.asarray(camera.white, np.float32)
        relative = np.clip(image / white, 0, 1.1) ** camera.gamma
        image = (1 + (relative - 1) * camera.contrast) * white
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    if camera.noise_grain > 0.5:
        noise = ndimage.uniform_filter1d(noise, 2, axis=0) * 1.3
    image = image + camera.noise * noise
    if camera.denoise > 0:
        image = np.stack([ndimage.median_filter(image[..., i], camera.denoise) for i in range(3)], -1)
    if camera.sharpen > 0:
        soft = np.stack([ndimage.gaussian_filter(image[..., i], camera.sharpen_radius) for i in range(3)], -1)
        image = image + camera.sharpen * (image - soft)
    return jpeg(np.clip(image + 0.5, 0, 255).astype(np.uint8), camera.jpeg_quality)
