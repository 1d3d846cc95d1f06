package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** State of a server: its version, models and limits. */
public final class Health {
  /** Version of the server. */
  public final String version;

  /** Names of the installed models; the default one is first. */
  public final List<String> models;

  /** Bytes that a request may have; {@code Long.MAX_VALUE} if the server states no limit. */
  public final long uploadBytes;

  /** Pixels that an image may have; {@code Long.MAX_VALUE} if the server states no limit. */
  public final long pixels;

  Health(JsonObject answer) {
    version = answer.getString("version", "");
    List<String> names = new ArrayList<>();
    for (Object entry : answer.getArray("models", new JsonArray())) {
      JsonObject model = (JsonObject) entry;
      if (model.getBoolean("is_default")) names.add(0, model.getString("name"));
      else names.add(model.getString("name"));
    }
    models = Collections.unmodifiableList(names);
    JsonObject limits = answer.getObject("limits", new JsonObject());
    uploadBytes = limits.getLong("upload_bytes", Long.MAX_VALUE);
    pixels = limits.getLong("pixels", Long.MAX_VALUE);
  }
}
