package restain.imagej;

import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.WindowManager;
import ij.process.ColorProcessor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;

/** A result as an image: a stack of labelled pictures, with the nuclei as its overlay. */
final class ResultImage {
  private static final String PROPERTY = "restain.scored";
  private static final String ORIGINAL = "Original";

  /** The first pictures of the stack. Others follow as the server gives them. */
  private static final List<String> ORDER =
      Arrays.asList("SegOverlaid", "SegRefined", "Seg", "Marker", "Hema", "DAPI", "Lap2");

  private ResultImage() {}

  static ImagePlus create(Scored scored) throws IOException {
    ImageStack stack = new ImageStack();
    stack.addSlice(ORIGINAL, read(scored.original));
    List<String> names = new ArrayList<>(ORDER);
    for (String name : scored.result.pictures().keySet()) if (!names.contains(name)) names.add(name);
    for (String name : names) {
      byte[] picture = scored.result.pictures().get(name);
      if (picture != null) stack.addSlice(name, read(picture));
    }
    String title = scored.region.isEmpty() ? scored.image : scored.image + ", " + scored.region;
    ImagePlus image = new ImagePlus(title + " - Restain", stack);
    image.setCalibration(scored.calibration());
    attach(image, scored);
    return image;
  }

  /** Shows an image. Without a display it becomes the current image, for a macro to go on with. */
  static void show(ImagePlus image) {
    if (Command.isHeadless() && !IJ.isMacro()) WindowManager.setTempCurrentImage(image);
    else image.show();
  }

  /** The result that an image shows; null if it shows none. */
  static Scored of(ImagePlus image) {
    Object scored = image.getProperty(PROPERTY);
    return scored instanceof Scored ? (Scored) scored : null;
  }

  /** Shows another result of the same pixels: its overlay and the pictures that depend on thresholds. */
  static void update(ImagePlus image, Scored scored) throws IOException {
    ImageStack stack = image.getStack();
    for (int slice = 1; slice <= stack.size(); slice++) {
      String name = stack.getSliceLabel(slice);
      if (name == null || !name.startsWith("Seg") || name.equals("Seg")) continue;
      byte[] picture = scored.result.pictures().get(name);
      if (picture != null) stack.setPixels(read(picture).getPixels(), slice);
    }
    image.setStack(stack);
    attach(image, scored);
    image.updateAndDraw();
  }

  private static void attach(ImagePlus image, Scored scored) {
    image.setProperty(PROPERTY, scored);
    image.setOverlay(scored.overlay());
  }

  private static ColorProcessor read(byte[] png) throws IOException {
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
    if (picture == null) throw new IOException("A picture of the result is no PNG.");
    return new ColorProcessor(picture);
  }
}
