package restain.client;

import java.awt.Shape;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Options of a request. All are optional: the server then chooses, and the result states what was used. The methods
 * change and return this object.
 */
public final class ScoreOptions {
  /** The options that choose the network, and how its pictures become nuclei and classes. */
  static final List<String> THRESHOLDS =
      Collections.unmodifiableList(
          Arrays.asList(
              "model",
              "algorithm",
              "prob_thresh",
              "size_thresh",
              "size_thresh_upper",
              "marker_thresh",
              "intensity_two_plus",
              "intensity_three_plus",
              "marker"));

  /** The options that a slide has among its settings. */
  static final List<String> OF_SLIDES =
      Collections.unmodifiableList(
          Arrays.asList(
              "model",
              "microns_per_pixel",
              "prob_thresh",
              "size_thresh",
              "size_thresh_upper",
              "marker_thresh",
              "intensity_two_plus",
              "intensity_three_plus",
              "marker"));

  private final Map<String, String> fields = new LinkedHashMap<>();

  /** Scan magnification: {@code 10x} (1.0 µm per pixel), {@code 20x} (0.5) or {@code 40x} (0.25). */
  public ScoreOptions resolution(String magnification) {
    return set("resolution", magnification);
  }

  /** Pixel size in µm, from 0.1 to 2; wins over {@link #resolution} and over what the file states. */
  public ScoreOptions micronsPerPixel(double size) {
    return set("microns_per_pixel", plain(size));
  }

  /** Name of an installed model; see {@link RestainClient#health}. */
  public ScoreOptions model(String name) {
    return set("model", name);
  }

  /** A pixel belongs to a nucleus when red + blue of {@code Seg} is above this, from 0 to 254. */
  public ScoreOptions probThresh(int threshold) {
    return set("prob_thresh", Integer.toString(threshold));
  }

  /** Keep nuclei with more pixels than this. */
  public ScoreOptions sizeThresh(int pixels) {
    return set("size_thresh", Integer.toString(pixels));
  }

  /** Keep nuclei with fewer pixels than this. */
  public ScoreOptions sizeThreshUpper(int pixels) {
    return set("size_thresh_upper", Integer.toString(pixels));
  }

  /** A nucleus whose largest marker value is above this is positive: a number from 0 to 255, or {@code auto}, {@code none}. */
  public ScoreOptions markerThresh(String threshold) {
    return set("marker_thresh", threshold);
  }

  /** How nuclei are found in {@code Seg}: {@code watershed} or {@code deepliif}. */
  public ScoreOptions algorithm(String name) {
    return set("algorithm", name);
  }

  /**
   * What the slide is stained for: {@code ki67 er pr p53 cd3 cd8 cd138 her2 pdl1 he other}. It decides whether there are
   * numbers of the tumour nuclei alone, and whether membranes are measured.
   */
  public ScoreOptions marker(String name) {
    return set("marker", name);
  }

  /** Count only nuclei whose centre lies inside: GeoJSON in pixels, counted from corners. */
  public ScoreOptions roi(String geoJson) {
    return set("roi", geoJson);
  }

  /** Count only nuclei whose centre lies inside this shape, in pixels counted from corners. */
  public ScoreOptions roi(Shape shape) {
    return roi(GeoJson.of(shape));
  }

  /** Any other option of {@code /api/infer} by its name; null takes it away. */
  public ScoreOptions set(String name, String value) {
    if (value == null) fields.remove(name);
    else fields.put(name, value);
    return this;
  }

  /** The options by their names in the API, as they are sent. */
  public Map<String, String> fields() {
    return new LinkedHashMap<>(fields);
  }

  private static String plain(double number) {
    // Without an exponent, and without digits that the number does not have.
    return new java.math.BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString();
  }
}
