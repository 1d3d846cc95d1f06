package restain.imagej;

import ij.CompositeImage;
import ij.ImagePlus;
import ij.ImageStack;
import ij.process.ColorProcessor;
import ij.process.ImageProcessor;
import ij.process.LUT;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;

/** The pixels of an image in red, green and blue. */
final class Colours {
  private Colours() {}

  /**
   * A part of the slice that is shown.
   *
   * @throws Refusal if the image is not a colour image
   */
  static BufferedImage of(ImagePlus image, Rectangle part) {
    ImageProcessor pixels = colours(image);
    pixels.setRoi(part);
    return pixels.crop().getBufferedImage();
  }

  /**
   * All of the slice that is shown. The pixels may be those of the image itself: do not change them.
   *
   * @throws Refusal if the image is not a colour image
   */
  static ColorProcessor all(ImagePlus image) {
    ImageProcessor pixels = colours(image);
    return pixels instanceof ColorProcessor ? (ColorProcessor) pixels : pixels.convertToColorProcessor();
  }

  private static ImageProcessor colours(ImagePlus image) {
    ImageStack stack = image.getStack();
    if (image.getType() == ImagePlus.COLOR_RGB) return stack.getProcessor(image.getCurrentSlice());
    if (image.getType() == ImagePlus.COLOR_256) {
      ImageProcessor indexed = stack.getProcessor(image.getCurrentSlice());
      indexed.setColorModel(image.getProcessor().getColorModel());
      return indexed.convertToRGB();
    }
    boolean is8Bit = image.getType() == ImagePlus.GRAY8;
    if (is8Bit && image.getStackSize() == 3 && stack.isRGB()) return join(stack, 1);
    if (is8Bit && image.getNChannels() == 3 && isRedGreenBlue(image))
      return join(stack, image.getStackIndex(1, image.getZ(), image.getT()));
    throw new Refusal(
        "The image \""
            + image.getTitle()
            + "\" is no colour image of 8 bits ("
            + describe(image)
            + "). Restain scores brightfield images: use Image > Type > RGB Color first.");
  }

  /** Whether the three channels are shown in red, green and blue, as those of a colour image are. */
  private static boolean isRedGreenBlue(ImagePlus image) {
    if (!(image instanceof CompositeImage)) return false;
    for (int channel = 1; channel <= 3; channel++) {
      LUT lut = ((CompositeImage) image).getChannelLut(channel);
      int[] brightest = {lut.getRed(255), lut.getGreen(255), lut.getBlue(255)};
      for (int colour = 0; colour < 3; colour++) if (brightest[colour] > 0 != (colour == channel - 1)) return false;
    }
    return true;
  }

  private static ColorProcessor join(ImageStack stack, int first) {
    ColorProcessor joined = new ColorProcessor(stack.getWidth(), stack.getHeight());
    byte[][] channels = new byte[3][];
    for (int i = 0; i < 3; i++) channels[i] = (byte[]) stack.getPixels(first + i);
    joined.setRGB(channels[0], channels[1], channels[2]);
    return joined;
  }

  private static String describe(ImagePlus image) {
    String channels = image.getNChannels() == 1 ? "" : ", " + image.getNChannels() + " channels";
    return image.getBitDepth() + "-bit greys" + channels;
  }
}
