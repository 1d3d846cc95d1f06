package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.util.Locale;

/** What was measured of membranes. Measurements, never a diagnosis: they were checked on simulated fields alone. */
public final class MembraneScore {
  /** Number of cells that are surely of the tumour. All numbers are of these. */
  public final int total;

  /** How many other tumour nuclei are left out, because their kind is unsure. */
  public final int unsure;

  /** How many have a stained membrane, complete or partial. */
  public final int stained;

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

  @Override
  public String toString() {
    if (total == 0) return "membranes: no sure tumour cell";
    return String.format(Locale.ROOT, "TPS %.1f %% of %,d tumour cells", tps, total);
  }
}
