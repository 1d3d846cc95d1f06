package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tumour nuclei alone, among all that a result counts. */
public final class TumourCount {
  public final int total;
  public final int positive;

  /** 100 x positive / total, to one decimal; 0 without nuclei. */
  public final double percent;

  /** The ends of its 95 % interval; the doubt about kinds is not in it. Not a number if the server gives none. */
  public final double low;

  public final double high;

  /** How kinds were told, like {@code prior}: a classifier that was fitted to simulated fields. */
  public final String madeBy;

  TumourCount(JsonObject count) {
    total = count.getInt("num_total");
    positive = count.getInt("num_pos");
    percent = count.getDouble("percent_pos");
    JsonArray interval = count.getArray("percent_pos_interval", new JsonArray());
    low = interval.getDouble(0, Double.NaN);
    high = interval.getDouble(1, Double.NaN);
    madeBy = count.getString("made_by", "");
  }

  /** The numbers by the names that an annotation in QuPath has. */
  Map<String, Double> measurements() {
    Map<String, Double> measurements = new LinkedHashMap<>();
    measurements.put("Tumor: Num Detections", (double) total);
    measurements.put("Tumor: Num Positive", (double) positive);
    measurements.put("Tumor: Positive %", percent);
    return measurements;
  }
}
