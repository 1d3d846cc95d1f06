package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** All numbers of a slide, from the nuclei that were found so far. */
public final class SlideScores {
  private final JsonObject answer;

  /** The tissue, or everything where none is marked, without what annotations leave out. */
  public final RegionNumbers slide;

  /** All tumour annotations together; null without any. */
  public final RegionNumbers tumour;

  /** Name and version of the model. */
  public final String model;

  public final double micronsPerPixel;

  /** Whether some number is not complete, or a scoring is running. */
  public final boolean isProvisional;

  /** The thresholds that were used. Automatic ones follow from all nuclei that are there. */
  public final Thresholds thresholds;

  SlideScores(JsonObject answer) throws RestainException {
    JsonObject numbers = answer.getObject("slide");
    if (numbers == null || !numbers.isNumber("num_total"))
      throw new RestainException("unexpected_answer", "The server's answer has no score.", 200);
    this.answer = answer;
    slide = new RegionNumbers(numbers);
    tumour = answer.getObject("tumour") == null ? null : new RegionNumbers(answer.getObject("tumour"));
    model = answer.getString("model", "");
    micronsPerPixel = answer.getDouble("microns_per_pixel");
    isProvisional = answer.getBoolean("is_provisional");
    thresholds = new Thresholds(answer.getObject("thresholds", new JsonObject()));
  }

  /** The numbers of each annotation, in the order of {@link SlideAnnotations}. */
  public List<RegionNumbers> annotations() {
    List<RegionNumbers> all = new ArrayList<>();
    for (Object one : answer.getArray("annotations", new JsonArray())) all.add(new RegionNumbers((JsonObject) one));
    return Collections.unmodifiableList(all);
  }

  /** The numbers of one annotation; null if there is none of this id. */
  public RegionNumbers annotation(String id) {
    return annotations().stream().filter(numbers -> numbers.id.equals(id)).findFirst().orElse(null);
  }

  /** Doubts about the numbers. */
  public List<Warning> warnings() {
    return Warning.list(answer);
  }

  /** The whole answer as JSON text with the names of the API: hot spots and protocols besides. */
  public String json() {
    return JsonWriter.string(answer);
  }

  @Override
  public String toString() {
    return slide.toString();
  }
}
