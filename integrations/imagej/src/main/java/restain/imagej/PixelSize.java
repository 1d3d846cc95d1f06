package restain.imagej;

import ij.measure.Calibration;
import java.util.Locale;

/** The size of a pixel in µm. */
final class PixelSize {
  /** Above this relative difference of width and height a pixel is not square. */
  private static final double SQUARE = 0.01;

  private PixelSize() {}

  /** The pixel size of a magnification, or that of the image for {@link Settings#OWN}. */
  static double of(String resolution, Calibration image) {
    switch (resolution) {
      case "40x":
        return 0.25;
      case "20x":
        return 0.5;
      case "10x":
        return 1;
      default:
        double own = micronsOf(image);
        if (own > 0) return own;
        throw new Refusal(
            "The image states no pixel size (Image > Properties). Choose the resolution 40x, 20x or 10x.");
    }
  }

  /** The pixel size that an image states; 0 if it states none in a unit of length. */
  static double micronsOf(Calibration image) {
    double unit = micronsPerUnit(image.getUnit());
    if (unit == 0 || !(image.pixelWidth > 0)) return 0;
    if (Math.abs(image.pixelWidth - image.pixelHeight) > SQUARE * image.pixelWidth)
      throw new Refusal(
          String.format(
              Locale.ROOT,
              "The image's pixels are not square: %.4f x %.4f %s. Scale the image first.",
              image.pixelWidth,
              image.pixelHeight,
              image.getUnit()));
    return image.pixelWidth * unit;
  }

  static String inWords(double microns) {
    return String.format(Locale.ROOT, "%.4g µm per pixel", microns);
  }

  private static double micronsPerUnit(String unit) {
    switch (unit.trim().toLowerCase(Locale.ROOT)) {
      case "µm":
      case "μm":
      case "um":
      case "micron":
      case "microns":
      case "micrometer":
      case "micrometre":
        return 1;
      case "nm":
        return 1e-3;
      case "mm":
        return 1e3;
      case "cm":
        return 1e4;
      case "m":
        return 1e6;
      case "inch":
      case "in":
        return 25_400;
      default:
        return 0;
    }
  }
}
