package restain.client;

import com.grack.nanojson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which image of a file is kept, where the file has several images or focal planes. */
public final class SlideChoice {
  /** The file must have one image. */
  public static final SlideChoice ONLY = new SlideChoice(-1, -1, false, 0, 0);

  private final int series;
  private final int plane;
  private final boolean isRgb;
  private final int width;
  private final int height;

  private SlideChoice(int series, int plane, boolean isRgb, int width, int height) {
    this.series = series;
    this.plane = plane;
    this.isRgb = isRgb;
    this.width = width;
    this.height = height;
  }

  /** An image by its number in the file, from 0. */
  public static SlideChoice ofSeries(int series) {
    return new SlideChoice(series, -1, false, 0, 0);
  }

  /** The one image of this size: what a program has open. Its channels are shown as red, green and blue. */
  public static SlideChoice ofSize(int width, int height) {
    return new SlideChoice(-1, -1, true, width, height);
  }

  /** With a focal plane, from 0. */
  public SlideChoice plane(int plane) {
    return new SlideChoice(series, plane, isRgb, width, height);
  }

  /** With unnamed channels taken as red, green and blue. */
  public SlideChoice rgb() {
    return new SlideChoice(series, plane, true, width, height);
  }

  /** What is asked for before the file's images are known. */
  JsonObject first() {
    JsonObject body = new JsonObject();
    if (series >= 0) body.put("series", series);
    if (plane >= 0) body.put("plane", plane);
    if (isRgb && series >= 0) body.put("channels", "rgb");
    return body;
  }

  /**
   * What is asked for among the images of a file.
   *
   * @throws RestainException {@code choice_needed} with a sentence that lists them
   */
  JsonObject among(List<SlideImage> images) throws RestainException {
    List<SlideImage> fitting = new ArrayList<>();
    for (SlideImage image : images) if (image.width == width && image.height == height) fitting.add(image);
    if (fitting.size() != 1 || (fitting.get(0).planes > 1 && plane < 0)) throw needed(images);
    SlideImage image = fitting.get(0);
    JsonObject body = new JsonObject();
    body.put("series", image.series);
    if (plane >= 0) body.put("plane", plane);
    if (image.hasUnnamedChannels) body.put("channels", "rgb");
    return body;
  }

  private RestainException needed(List<SlideImage> images) {
    String wanted = width == 0 ? "" : String.format(Locale.ROOT, " None or several fit the open image of %d x %d.", width, height);
    String list = images.stream().map(SlideImage::toString).collect(Collectors.joining("; "));
    return new RestainException(
        "choice_needed", "The file offers a choice, so state which image is meant: " + list + "." + wanted, 0);
  }
}
