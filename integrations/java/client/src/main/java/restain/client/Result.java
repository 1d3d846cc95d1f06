package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** The score of one image. */
public final class Result {
  private final JsonObject answer;
  private final Map<String, byte[]> pictures;
  private final List<Nucleus> nuclei;
  private final List<Warning> warnings;

  /** Number of nuclei. */
  public final int total;

  /** Number of positive nuclei. */
  public final int positive;

  /** 100 x positive / total, to one decimal; 0 without nuclei. */
  public final double percent;

  /** The thresholds that were used. */
  public final Thresholds thresholds;

  /** What made this result. */
  public final Provenance provenance;

  /** Reads an answer of the server. Members that are not known here are kept. */
  static Result of(JsonObject answer) throws RestainException {
    Map<String, byte[]> pictures = new LinkedHashMap<>();
    for (Map.Entry<String, Object> picture : answer.getObject("images", new JsonObject()).entrySet())
      pictures.put(picture.getKey(), Base64.getDecoder().decode((String) picture.getValue()));
    JsonObject rest = new JsonObject(answer);
    rest.remove("images");
    return new Result(rest, pictures);
  }

  Result(JsonObject answer, Map<String, byte[]> pictures) throws RestainException {
    JsonObject scoring = answer.getObject("scoring");
    if (scoring == null || !scoring.isNumber("num_total") || !scoring.isNumber("num_pos"))
      throw new RestainException("unexpected_answer", "The server's answer has no score.", 200);
    this.answer = answer;
    this.pictures = Collections.unmodifiableMap(new LinkedHashMap<>(pictures));
    total = scoring.getInt("num_total");
    positive = scoring.getInt("num_pos");
    percent = scoring.getDouble("percent_pos", 100.0 * positive / Math.max(1, total));
    thresholds = new Thresholds(scoring);
    provenance = new Provenance(answer.getObject("provenance", new JsonObject()));
    warnings = Warning.list(answer);
    nuclei = new ArrayList<>();
    for (Object cell : answer.getArray("cells", new JsonArray())) nuclei.add(new Nucleus((JsonObject) cell));
  }

  /** Number of negative nuclei. */
  public int negative() {
    return total - positive;
  }

  /** The ends of the 95 % interval of {@link #percent}; null if the server gives none. */
  public double[] interval() {
    JsonArray interval = answer.getArray("percent_pos_interval");
    if (interval == null || interval.size() != 2) return null;
    return new double[] {interval.getDouble(0), interval.getDouble(1)};
  }

  /** From 0 to 300; not a number if the server gives none. */
  public double hScore() {
    return answer.isNumber("h_score") ? answer.getDouble("h_score") : Double.NaN;
  }

  /** The Allred score, 0 or 2 to 8; not a number if the server gives none. */
  public double allred() {
    JsonObject allred = answer.getObject("allred", new JsonObject());
    return allred.isNumber("total") ? allred.getDouble("total") : Double.NaN;
  }

  /** The tumour nuclei alone; null where the marker is one of other cells, or where the server does not tell kinds. */
  public TumourCount tumour() {
    JsonObject count = answer.getObject("scoring").getObject("tumour");
    return count == null ? null : new TumourCount(count);
  }

  /** What was measured of membranes; null where they were not measured, see {@link ScoreOptions#marker}. */
  public MembraneScore membrane() {
    JsonObject score = answer.getObject("membrane");
    return score == null ? null : new MembraneScore(score);
  }

  /** Doubts about the numbers. */
  public List<Warning> warnings() {
    return warnings;
  }

  /** The nuclei that were counted; empty if the request did not ask for them. */
  public List<Nucleus> nuclei() {
    return Collections.unmodifiableList(nuclei);
  }

  /**
   * The pictures as PNG files by name: {@code Hema DAPI Lap2 Marker Seg SegOverlaid SegRefined}. Each is as large as the
   * image that was sent.
   */
  public Map<String, byte[]> pictures() {
    return pictures;
  }

  /** A picture in RGB; null if the answer has none of this name. */
  public BufferedImage picture(String name) throws IOException {
    byte[] file = pictures.get(name);
    return file == null ? null : ImageIO.read(new ByteArrayInputStream(file));
  }

  /** The nuclei as features of GeoJSON, in the order of {@link #nuclei}; empty if the request did not ask for them. */
  JsonArray features() {
    return answer.getObject("geojson", new JsonObject()).getArray("features", new JsonArray());
  }

  /** This result with further pictures, where it has none of their name. */
  public Result withPictures(Map<String, byte[]> others) throws RestainException {
    Map<String, byte[]> all = new LinkedHashMap<>(others);
    all.putAll(pictures);
    return new Result(answer, all);
  }

  /** The answer without its pictures, as JSON text with the names of the API. */
  public String json() {
    return JsonWriter.indent("  ").string().value(answer).done();
  }

  @Override
  public String toString() {
    double[] ends = interval();
    String between = ends == null ? "" : String.format(java.util.Locale.ROOT, " (95 %% interval %.1f to %.1f)", ends[0], ends[1]);
    String all = String.format(java.util.Locale.ROOT, "%.1f %% positive%s, %,d of %,d nuclei", percent, between, positive, total);
    return membrane() == null ? all : all + "; " + membrane();
  }
}
