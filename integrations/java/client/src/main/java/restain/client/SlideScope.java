package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.awt.Rectangle;
import java.util.Collection;

/** Which part of a slide is scored. */
public final class SlideScope {
  private final JsonObject body = new JsonObject();

  private SlideScope(String kind) {
    body.put("kind", kind);
  }

  /** All tissue; everything but glass where none is marked. */
  public static SlideScope slide() {
    return new SlideScope("slide");
  }

  /** All annotations of the class {@code tumour}. */
  public static SlideScope tumour() {
    return new SlideScope("tumour");
  }

  /** All that was scored before, after another segmentation threshold: nothing is inferred again. */
  public static SlideScope scored() {
    return new SlideScope("scored");
  }

  /** Annotations by their ids. */
  public static SlideScope annotations(Collection<String> ids) {
    SlideScope scope = new SlideScope("annotations");
    scope.body.put("ids", new JsonArray(ids));
    return scope;
  }

  /** A rectangle in pixels of the full resolution. */
  public static SlideScope rectangle(Rectangle part) {
    SlideScope scope = new SlideScope("rectangle");
    scope.body.put("x", part.x);
    scope.body.put("y", part.y);
    scope.body.put("width", part.width);
    scope.body.put("height", part.height);
    return scope;
  }

  JsonObject toJson() {
    return body;
  }
}
