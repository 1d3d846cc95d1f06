package restain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import loci.formats.FormatTools;

/** Turns the samples of any pixel type into 8-bit RGB. */
final class Samples {
  /** Bit depths of cameras; a 16-bit file rarely uses all of its bits. */
  private static final int[] USUAL_DEPTHS = {8, 10, 12, 14, 16};

  private final ByteBuffer bytes;
  private final int type;
  private final int size;

  Samples(byte[] bytes, int type, boolean isLittleEndian) {
    this.bytes = ByteBuffer.wrap(bytes).order(isLittleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    this.type = type;
    this.size = FormatTools.getBytesPerPixel(type);
  }

  int count() {
    return bytes.capacity() / size;
  }

  double at(int index) {
    int offset = index * size;
    return switch (type) {
      case FormatTools.UINT8, FormatTools.BIT -> bytes.get(offset) & 0xff;
      case FormatTools.INT8 -> bytes.get(offset);
      case FormatTools.UINT16 -> bytes.getShort(offset) & 0xffff;
      case FormatTools.INT16 -> bytes.getShort(offset);
      case FormatTools.UINT32 -> bytes.getInt(offset) & 0xffffffffL;
      case FormatTools.INT32 -> bytes.getInt(offset);
      case FormatTools.FLOAT -> bytes.getFloat(offset);
      case FormatTools.DOUBLE -> bytes.getDouble(offset);
      default -> throw new IllegalArgumentException("pixel type " + type);
    };
  }

  /** The smallest and the largest value of some samples of the pixels; negative ones count as 0. */
  record Range(double smallest, double largest) {
    static final Range NONE = new Range(Double.POSITIVE_INFINITY, 0);

    Range and(Range other) {
      return new Range(Math.min(smallest, other.smallest), Math.max(largest, other.largest));
    }

    /** Whether all values are equal. Such an alpha hides nothing. */
    boolean isUniform() {
      return !(smallest < largest);
    }
  }

  Range range(Layout layout, int from, int to) {
    double min = Double.POSITIVE_INFINITY;
    double max = 0;
    int pixels = count() / layout.samplesPerPixel;
    for (int pixel = 0; pixel < pixels; pixel++)
      for (int s = from; s < to; s++) {
        double sample = at(layout.index(pixel, s, pixels));
        if (sample > max && sample < Double.POSITIVE_INFINITY) max = sample;
        if (!(sample >= min)) min = sample > 0 ? sample : 0;
      }
    return new Range(min, max);
  }

  /** The sample that becomes 255, from the largest sample of the image. The reader of common formats has the same rule. */
  static double fullScale(double largest, int type) {
    boolean isFloat = type == FormatTools.FLOAT || type == FormatTools.DOUBLE;
    if (isFloat && largest <= 1) return 1;
    for (int bits : USUAL_DEPTHS) if (largest <= (1 << bits) - 1) return (1 << bits) - 1;
    return largest;
  }

  /** Where the samples of a pixel lie: side by side, or one plane after the other. */
  record Layout(int samplesPerPixel, boolean isInterleaved) {
    int index(int pixel, int sample, int pixels) {
      return isInterleaved ? pixel * samplesPerPixel + sample : sample * pixels + pixel;
    }
  }

  /**
   * Writes grey (1 sample), RGB (3) or RGB with alpha on white (4) as RGB. NaN and negative values become 0.
   *
   * @param opaque the alpha value of an opaque pixel; 0 = the alpha is not used
   */
  void writeRgb(Layout layout, double fullScale, double opaque, byte[] rgb, int rgbOffset, int pixels) {
    if (type == FormatTools.UINT8 && layout.samplesPerPixel == 3) {
      copyRgb(layout, rgb, rgbOffset, pixels);
      return;
    }
    double scale = 255 / fullScale;
    boolean hasAlpha = layout.samplesPerPixel == 4 && opaque > 0;
    boolean isGrey = layout.samplesPerPixel < 3;
    for (int pixel = 0; pixel < pixels; pixel++) {
      double alpha = hasAlpha ? Math.min(1, Math.max(0, at(layout.index(pixel, 3, pixels)) / opaque)) : 1;
      for (int c = 0; c < 3; c++) {
        double value = at(layout.index(pixel, isGrey ? 0 : c, pixels)) * scale;
        double onWhite = hasAlpha ? value * alpha + 255 * (1 - alpha) : value;
        rgb[rgbOffset + pixel * 3 + c] = toByte(onWhite);
      }
    }
  }

  /** The fast way for 8-bit RGB, which nearly all slides are. */
  private void copyRgb(Layout layout, byte[] rgb, int rgbOffset, int pixels) {
    byte[] from = bytes.array();
    if (layout.isInterleaved) System.arraycopy(from, 0, rgb, rgbOffset, pixels * 3);
    else
      for (int pixel = 0, to = rgbOffset; pixel < pixels; pixel++)
        for (int c = 0; c < 3; c++) rgb[to++] = from[c * pixels + pixel];
  }

  /** Writes one channel of an RGB picture whose channels are separate planes. */
  void writeChannel(int channel, double fullScale, byte[] rgb, int rgbOffset, int pixels) {
    double scale = 255 / fullScale;
    for (int pixel = 0; pixel < pixels; pixel++) rgb[rgbOffset + pixel * 3 + channel] = toByte(at(pixel) * scale);
  }

  /** Looks indices up in a palette of [channel][entry]. */
  void writePalette(int[][] palette, double fullScale, byte[] rgb, int rgbOffset, int pixels) {
    double scale = 255 / fullScale;
    for (int pixel = 0; pixel < pixels; pixel++) {
      int entry = Math.min((int) at(pixel), palette[0].length - 1);
      for (int c = 0; c < 3; c++) rgb[rgbOffset + pixel * 3 + c] = toByte(palette[c][entry] * scale);
    }
  }

  private static byte toByte(double value) {
    // NaN fails the comparison.
    return value > 0 ? (byte) Math.min(255, Math.round(value)) : 0;
  }
}
