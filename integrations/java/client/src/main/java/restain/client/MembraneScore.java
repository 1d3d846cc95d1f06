package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What was measured of membranes. Measurements, never a diagnosis: they were checked on simulated fields alone. */
public final class MembraneScore {
  /** Number of cells that are surely of the tumour. All numbers are of these. */
  public final int total;

  /** How many other tumour nuclei are left out, because their kind is unsure. */
  public final int unsure;

  /** How many have a stained membrane, complete or partial. */
  public final int stained;

  /** How many have a partial one: weakly, moderately, strongly stained. */
  public final int incompleteWeak;

  public final int incompleteModerate;
  public final int incompleteStrong;

  /** How many have a complete one: weakly, moderately, strongly stained. */
  public final int completeWeak;

  public final int completeModerate;
  public final int completeStrong;

  /** 100 x stained / total. */
  public final double tps;

  /** The ends of its 95 % interval. */
  public final double low;

  public final double high;

  /** Stained tumour and immune cells for 100 tumour cells; not a number without tumour cells. */
  public final double cps;

  /** 0 to 3, by the shares of ASCO/CAP: arithmetic, no HER2 status. Not a number without tumour cells. */
  public final double her2Pattern;

  MembraneScore(JsonObject score) {
    JsonObject tumour = score.getObject("tumour", new JsonObject());
    total = tumour.getInt("num_total");
    unsure = tumour.getInt("num_unsure");
    stained = total - tumour.getInt("none");
    JsonObject incomplete = tumour.getObject("incomplete", new JsonObject());
    incompleteWeak = incomplete.getInt("weak");
    incompleteModerate = incomplete.getInt("moderate");
    incompleteStrong = incomplete.getInt("strong");
    JsonObject complete = tumour.getObject("complete", new JsonObject());
    completeWeak = complete.getInt("weak");
    completeModerate = complete.getInt("moderate");
    completeStrong = complete.getInt("strong");
    tps = score.getDouble("tps", Double.NaN);
    JsonArray interval = score.getArray("tps_interval", new JsonArray());
    low = interval.getDouble(0, Double.NaN);
    high = interval.getDouble(1, Double.NaN);
    cps = score.getDouble("cps", Double.NaN);
    her2Pattern = score.getDouble("her2_pattern", Double.NaN);
  }

  /** 100 x cells with a complete membrane / total; 0 without cells. */
  public double completePercent() {
    return total == 0 ? 0 : 100.0 * (completeWeak + completeModerate + completeStrong) / total;
  }

  /** The numbers by the names that the server gives them in GeoJSON for QuPath; without those that are not a number. */
  public Map<String, Double> measurements() {
    Map<String, Double> measurements = new LinkedHashMap<>();
    measurements.put("Membrane: Num Tumor", (double) total);
    measurements.put("Membrane: Num Tumor unsure", (double) unsure);
    measurements.put("Membrane: TPS %", tps);
    measurements.put("Membrane: CPS", cps);
    measurements.put("Membrane: HER2 pattern", her2Pattern);
    measurements.put("Membrane: Num None", (double) total - stained);
    measurements.put("Membrane: Num Incomplete weak", (double) incompleteWeak);
    measurements.put("Membrane: Num Incomplete moderate", (double) incompleteModerate);
    measurements.put("Membrane: Num Incomplete strong", (double) incompleteStrong);
    measurements.put("Membrane: Num Complete weak", (double) completeWeak);
    measurements.put("Membrane: Num Complete moderate", (double) completeModerate);
    measurements.put("Membrane: Num Complete strong", (double) completeStrong);
    measurements.values().removeIf(value -> value.isNaN());
    return measurements;
  }

  @Override
  public String toString() {
    if (total == 0) return "membranes: no sure tumour cell";
    return String.format(Locale.ROOT, "TPS %.1f %% of %,d tumour cells", tps, total);
  }
}
