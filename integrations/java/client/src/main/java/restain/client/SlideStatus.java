package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Where a slide stands on its server. */
public final class SlideStatus {
  private final JsonObject answer;

  /** {@code uploading queued running choosing ready failed cancelled}. */
  public final String state;

  /** Of the view link: whoever has it may look, and change nothing. */
  public final String viewId;

  /** Whether the id that was asked for is that of the edit link. */
  public final boolean mayEdit;

  /** When every trace of it is deleted, in ISO 8601. */
  public final String expiresAt;

  /** In pixels of the full resolution; 0 until it is ready. */
  public final int width;

  public final int height;

  /** At full resolution; 0 if the file states none. */
  public final double micronsPerPixel;

  /** SHA-256 of the file that was sent; empty until it is ready. */
  public final String fileSha256;

  /** Why it failed; null if it did not. */
  public final RestainException error;

  SlideStatus(JsonObject answer) {
    this.answer = answer;
    state = answer.getString("state", "");
    viewId = answer.getString("view_id", "");
    mayEdit = answer.getBoolean("may_edit");
    expiresAt = answer.getString("expires_at", "");
    JsonObject slide = answer.getObject("slide", new JsonObject());
    width = slide.getInt("width");
    height = slide.getInt("height");
    micronsPerPixel = slide.getDouble("microns_per_pixel", 0);
    fileSha256 = slide.getString("file_sha256", "");
    JsonObject problem = answer.getObject("problem");
    error = problem == null ? null : RestainException.ofProblem(problem, 0);
  }

  /** The images of the file, while the state is {@code choosing}. */
  public List<SlideImage> images() {
    JsonObject choices = answer.getObject("choices", new JsonObject());
    List<SlideImage> images = new ArrayList<>();
    for (Object image : choices.getArray("images", new JsonArray())) images.add(new SlideImage((JsonObject) image));
    return Collections.unmodifiableList(images);
  }

  /** Share of the ingest that is done, from 0 to 1. */
  double progress() {
    JsonObject progress = answer.getObject("progress", new JsonObject());
    return progress.getDouble("tiles_done") / Math.max(1, progress.getDouble("tiles"));
  }

  /** What is being done; {@code waiting} before it has begun. */
  String stage() {
    return answer.getObject("progress", new JsonObject()).getString("stage", "waiting");
  }

  /** The whole answer as JSON text with the names of the API. Its links are keys: keep it to yourself. */
  public String json() {
    return JsonWriter.string(answer);
  }
}
