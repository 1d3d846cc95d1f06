package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.awt.Shape;
import java.awt.geom.Path2D;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/** A region of a slide with a class. */
public final class SlideAnnotation {
  /** What an annotation can mark. */
  public static final List<String> CLASSES =
      Collections.unmodifiableList(Arrays.asList("tumour", "stroma", "necrosis", "other", "ignore", "tissue"));

  /** What QuPath calls them, in small letters. Its {@code Region*} says no more than that it is a region. */
  private static final Map<String, String> QUPATH = new LinkedHashMap<>();

  static {
    for (String name : CLASSES) QUPATH.put(name, name);
    QUPATH.put("tumor", "tumour");
    QUPATH.put("region", "other");
    QUPATH.put("region*", "other");
    QUPATH.put("ignore*", "ignore");
  }

  private static final int LONGEST_NAME = 100;

  /** Kept by whoever changes the annotation. */
  public final String id;

  /** One of {@link #CLASSES}. */
  public final String className;

  /** Empty without one. */
  public final String name;

  /** In pixels of the full resolution, counted from corners. */
  public final Shape shape;

  /** With what this client does not know, so that it is not lost when all annotations are saved. */
  private final JsonObject stored;

  SlideAnnotation(JsonObject stored) {
    this.stored = stored;
    id = stored.getString("id", "");
    className = stored.getString("class", "");
    name = stored.getString("name", "");
    shape = shapeOf(stored.getArray("polygons", new JsonArray()));
  }

  /**
   * A new annotation.
   *
   * @param className one of {@link #CLASSES}
   * @throws IllegalArgumentException if it is another class, or if the shape encloses nothing
   */
  public static SlideAnnotation of(String className, String name, Shape shape) {
    if (!CLASSES.contains(className))
      throw new IllegalArgumentException(
          "An annotation marks one of " + String.join(", ", CLASSES) + "; got \"" + className + "\".");
    return of(UUID.randomUUID(), className, name, shape);
  }

  /**
   * An annotation of QuPath. Sent again, it replaces what was sent before.
   *
   * @param id its id in QuPath
   * @param name its name; null for none
   * @param className its class; null for none. One that is not known here is kept in the name
   */
  public static SlideAnnotation ofQuPath(UUID id, String name, String className, Shape shape) {
    String shown = name == null ? "" : name;
    if (className == null) return of(id, "other", shown, shape);
    String first = className.split(":", 2)[0].trim().toLowerCase(Locale.ROOT);
    String known = QUPATH.get(first);
    if (known != null) return of(id, known, shown, shape);
    return of(id, "other", shown.isEmpty() ? className : className + ": " + shown, shape);
  }

  private static SlideAnnotation of(UUID id, String className, String name, Shape shape) {
    JsonObject body = new JsonObject();
    body.put("id", id.toString().replace("-", ""));
    body.put("class", className);
    body.put("name", name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name);
    body.put("polygons", new JsonArray(GeoJson.rings(shape)));
    body.put("origin", "imported");
    return new SlideAnnotation(body);
  }

  JsonObject toJson() {
    return stored;
  }

  private static Path2D shapeOf(JsonArray polygons) {
    Path2D path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
    for (Object polygon : polygons)
      for (Object ring : (JsonArray) polygon) {
        JsonArray points = (JsonArray) ring;
        for (int i = 0; i < points.size(); i++) {
          double x = points.getArray(i).getDouble(0);
          double y = points.getArray(i).getDouble(1);
          if (i == 0) path.moveTo(x, y);
          else path.lineTo(x, y);
        }
        path.closePath();
      }
    return path;
  }

  @Override
  public String toString() {
    return name.isEmpty() ? className : name + " (" + className + ")";
  }
}
