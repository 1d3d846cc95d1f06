package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.util.Locale;

/** A file {@code nuclei.geojson} of a result, before QuPath reads it: what is in it, and whether it fits an image. */
public final class QuPathFile {
  /** Number of nuclei. */
  public final int nuclei;

  /** Number of regions that a person drew. */
  public final int regions;

  /** {@code slide} for pixels of the file's full resolution, {@code image} for those of the picture that was analysed. */
  public final String coordinates;

  /** Whether pixels of the picture are not those of the file. */
  private final boolean isPart;
  
  /** The largest coordinates. */
  private double right;

  private double bottom;

  private QuPathFile(JsonObject collection) {
    JsonObject frame = collection.getObject("restain", new JsonObject());
    coordinates = frame.getString("coordinates", "image");
    JsonObject part = frame.getObject("region", new JsonObject());
    isPart = part.getDouble("x") > 0 || part.getDouble("y") > 0 || frame.getDouble("downsample", 1) > 1;
    int detections = 0;
    JsonArray features = collection.getArray("features", new JsonArray());
    for (int i = 0; i < features.size(); i++) {
      JsonObject feature = features.getObject(i);
      if (feature.getObject("properties", new JsonObject()).getString("objectType", "").equals("detection")) detections++;
      extend(feature.getObject("geometry", new JsonObject()).getArray("coordinates", new JsonArray()));
    }
    nuclei = detections;
    regions = features.size() - detections;
  }

  /**
   * @throws IllegalArgumentException with a sentence, if it is no such file
   */
  public static QuPathFile read(String text) {
    try {
      JsonObject collection = JsonParser.object().from(text);
      if (collection.getString("type", "").equals("FeatureCollection")) return new QuPathFile(collection);
    } catch (JsonParserException error) {
      // Said below.
    }
    throw new IllegalArgumentException("This is no file nuclei.geojson of Restain: a FeatureCollection is needed.");
  }

  /**
   * Refuses objects that lie outside of an image, or in other coordinates than its own.
   *
   * @throws IllegalArgumentException with a sentence
   */
  public void refuseOutside(int width, int height) {
    if (coordinates.equals("image") && isPart)
      throw new IllegalArgumentException(
          "The file counts pixels of the part that was analysed. Download it with coordinates of the slide.");
    // Half a pixel for levels whose sizes are rounded.
    if (right > width + 0.5 || bottom > height + 0.5)
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The result reaches to (%.0f, %.0f), the open image has %d x %d pixels: they are not of the same file.",
              right,
              bottom,
              width,
              height));
  }

  private void extend(JsonArray coordinates) {
    if (coordinates.size() == 2 && coordinates.isNumber(0)) {
      right = Math.max(right, coordinates.getDouble(0));
      bottom = Math.max(bottom, coordinates.getDouble(1));
    } else for (Object inner : coordinates) if (inner instanceof JsonArray) extend((JsonArray) inner);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%,d nuclei and %,d regions", nuclei, regions);
  }
}
