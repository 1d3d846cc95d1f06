package restain.client;

import com.grack.nanojson.JsonObject;
import java.util.Locale;

/** An image of a file that has several. */
public final class SlideImage {
  /** Its number in the file, from 0. */
  public final int series;

  /** In pixels of the full resolution. */
  public final int width;

  public final int height;

  /** Number of focal planes. */
  public final int planes;

  /** Whether it has three channels without names, which might be fluorescence. */
  public final boolean hasUnnamedChannels;

  SlideImage(JsonObject image) {
    series = image.getInt("series");
    width = image.getInt("width");
    height = image.getInt("height");
    planes = image.getInt("planes", 1);
    hasUnnamedChannels = "unnamed".equals(image.getString("channels"));
  }

  @Override
  public String toString() {
    String more = planes > 1 ? ", " + planes + " focal planes" : hasUnnamedChannels ? ", channels without names" : "";
    return String.format(Locale.ROOT, "%d (%d x %d%s)", series, width, height, more);
  }
}
