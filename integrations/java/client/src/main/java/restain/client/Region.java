package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.util.List;

/** A region in which nuclei are counted, or in which they are not. */
public final class Region {
  /** QuPath's class of regions that are left out. */
  private static final String IGNORED_CLASS = "Ignore*";

  public final String name;

  /** In pixels of the file's full resolution, counted from corners. */
  public final Shape shape;

  /** Whether nuclei in it do not count. */
  public final boolean isExcluded;

  public Region(String name, Shape shape, boolean isExcluded) {
    this.name = name;
    this.shape = shape;
    this.isExcluded = isExcluded;
  }

  /**
   * An annotation of QuPath. The class {@code Ignore*} leaves it out.
   *
   * @param name its name; null for that of its class
   * @param className its class; null for none
   */
  public static Region ofAnnotation(String name, String className, Shape shape) {
    String shown = name != null ? name : className != null ? className : "Annotation";
    return new Region(shown, shape, IGNORED_CLASS.equals(className));
  }

  /** The regions as the API takes them, in pixels of the picture that was analysed. */
  static JsonArray write(List<Region> regions, JsonObject source) {
    AffineTransform toPicture = toPicture(source);
    JsonArray written = new JsonArray();
    for (Region region : regions)
      for (JsonArray rings : GeoJson.rings(toPicture.createTransformedShape(region.shape))) {
        JsonObject one = new JsonObject();
        one.put("id", "client-" + (written.size() + 1));
        one.put("name", region.name.length() > 200 ? region.name.substring(0, 200) : region.name);
        one.put("kind", region.isExcluded ? "exclude" : "include");
        one.put("shape", "polygon");
        one.put("enabled", true);
        one.put("rings", rings);
        written.add(one);
      }
    return written;
  }

  /** Of a slide only a part may have been analysed, or a reduced level. */
  private static AffineTransform toPicture(JsonObject source) {
    JsonObject selection = source.getObject("selection");
    if (selection == null) return new AffineTransform();
    JsonObject part = selection.getObject("region");
    AffineTransform toPicture =
        AffineTransform.getScaleInstance(
            source.getDouble("width") / part.getDouble("width"), source.getDouble("height") / part.getDouble("height"));
    toPicture.translate(-part.getDouble("x"), -part.getDouble("y"));
    return toPicture;
  }

  @Override
  public String toString() {
    return name + (isExcluded ? " (left out)" : "");
  }
}
