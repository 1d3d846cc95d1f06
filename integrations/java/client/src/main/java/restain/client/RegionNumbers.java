package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The numbers of a part of a slide. */
public final class RegionNumbers {
  /** Id of the annotation that it is of; empty for the slide and for all tumour. */
  public final String id;

  /** Name of the annotation; empty without one. */
  public final String name;

  public final int total;
  public final int positive;

  /** 100 x positive / total, to one decimal; 0 without nuclei. */
  public final double percent;

  /** The ends of its 95 % interval. */
  public final double low;

  public final double high;

  public final double areaMm2;
  public final double perMm2;

  /** From 0 to 300. */
  public final double hScore;

  /** 0 or 2 to 8. */
  public final double allred;

  /** Its tumour nuclei alone, whatever it marks; null where the marker is one of other cells. */
  public final TumourCount tumour;

  /** What was measured of its membranes; null where they were not measured, see {@link ScoreOptions#marker}. */
  public final MembraneScore membrane;

  /** Whether all of it was scored; else the numbers are provisional. */
  public final boolean isComplete;

  RegionNumbers(JsonObject numbers) {
    id = numbers.getString("id", "");
    name = numbers.getString("name", "");
    total = numbers.getInt("num_total");
    positive = numbers.getInt("num_pos");
    percent = numbers.getDouble("percent_pos");
    JsonArray interval = numbers.getArray("percent_pos_interval", new JsonArray());
    low = interval.getDouble(0, Double.NaN);
    high = interval.getDouble(1, Double.NaN);
    areaMm2 = numbers.getDouble("area_mm2");
    perMm2 = numbers.getDouble("cells_per_mm2");
    hScore = numbers.getDouble("h_score", Double.NaN);
    allred = numbers.getObject("allred", new JsonObject()).getDouble("total", Double.NaN);
    JsonObject alone = numbers.getObject("tumour");
    tumour = alone == null ? null : new TumourCount(alone);
    JsonObject membranes = numbers.getObject("membrane");
    membrane = membranes == null ? null : new MembraneScore(membranes);
    isComplete = numbers.getBoolean("is_complete");
  }

  /** Number of negative nuclei. */
  public int negative() {
    return total - positive;
  }

  /** The numbers by QuPath's names for the measurements of an annotation. */
  public Map<String, Double> measurements() {
    Map<String, Double> measurements = new LinkedHashMap<>();
    measurements.put("Num Detections", (double) total);
    measurements.put("Num Positive", (double) positive);
    measurements.put("Num Negative", (double) negative());
    measurements.put("Positive %", percent);
    measurements.put("Positive %: 95% low", low);
    measurements.put("Positive %: 95% high", high);
    measurements.put("Num Detections per mm^2", perMm2);
    measurements.put("H-score", hScore);
    measurements.put("Allred score", allred);
    if (tumour != null) measurements.putAll(tumour.measurements());
    if (membrane != null) measurements.putAll(membrane.measurements());
    return measurements;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.1f %% positive (95 %% interval %.1f to %.1f), %,d of %,d nuclei%s%s",
        percent,
        low,
        high,
        positive,
        total,
        membrane == null ? "" : "; " + membrane,
        isComplete ? "" : "; not all of it was scored");
  }
}
