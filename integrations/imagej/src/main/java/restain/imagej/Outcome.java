package restain.imagej;

import ij.ImagePlus;
import ij.gui.Overlay;
import java.io.IOException;

/** What scoring gives to look at. */
interface Outcome {
  /** The nuclei as selections, in pixels of the part that was scored. */
  Overlay overlay();

  /** Corner of the part in the image, in pixels. */
  int x();

  int y();

  /** The result as an image of its own. */
  ImagePlus toImage() throws IOException;
}
