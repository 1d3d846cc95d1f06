package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonReader;
import com.grack.nanojson.JsonWriter;
import java.awt.Shape;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/** Reads a file {@code nuclei.geojson.gz} of a slide feature by feature, so that it need not fit into memory. */
final class DetectionFile {
  /** Features of a portion: some megabytes of text. */
  private static final int PORTION = 5_000;

  private DetectionFile() {}

  /** Gives features with their centre in a region, or all, as FeatureCollections, and returns how many there are. */
  static int forEachPortion(Path file, Shape region, Consumer<String> portion) throws IOException {
    JsonArray waiting = new JsonArray();
    int[] count = {0};
    forEach(
        file,
        region,
        feature -> {
          waiting.add(feature);
          count[0]++;
          if (waiting.size() == PORTION) flush(waiting, portion);
        });
    if (!waiting.isEmpty()) flush(waiting, portion);
    return count[0];
  }

  private static void flush(JsonArray features, Consumer<String> portion) {
    JsonObject collection = new JsonObject();
    collection.put("type", "FeatureCollection");
    collection.put("features", features);
    portion.accept(JsonWriter.string(collection));
    features.clear();
  }

  /** Gives each feature with its centre in a region; all without a region. */
  static void forEach(Path file, Shape region, Consumer<JsonObject> each) throws IOException {
    try (InputStream text = new BufferedInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16), 1 << 16)) {
      JsonReader reader = JsonReader.from(text);
      reader.object();
      boolean isAtFeatures = false;
      while (!isAtFeatures && reader.next()) {
        isAtFeatures = reader.key().equals("features");
        if (!isAtFeatures) read(reader);
      }
      if (!isAtFeatures) throw new IOException("The file of nuclei has no features.");
      reader.array();
      while (reader.next()) {
        JsonObject feature = (JsonObject) read(reader);
        if (region == null || isIn(region, feature)) each.accept(feature);
      }
    } catch (JsonParserException error) {
      throw new IOException("The file of nuclei is cut off or damaged: " + error.getMessage(), error);
    }
  }

  private static boolean isIn(Shape region, JsonObject feature) {
    double[] centre = Nucleus.centreOf(Nucleus.ringsOf(feature.getObject("geometry", new JsonObject())));
    return region.contains(centre[0], centre[1]);
  }

  /** The value that the reader is at, whole. */
  private static Object read(JsonReader reader) throws JsonParserException {
    switch (reader.current()) {
      case OBJECT:
        JsonObject object = new JsonObject();
        reader.object();
        while (reader.next()) {
          String key = reader.key();
          object.put(key, read(reader));
        }
        return object;
      case ARRAY:
        JsonArray array = new JsonArray();
        reader.array();
        while (reader.next()) array.add(read(reader));
        return array;
      default:
        return reader.value();
    }
  }
}
