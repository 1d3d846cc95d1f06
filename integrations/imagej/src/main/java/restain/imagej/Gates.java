package restain.imagej;

import java.util.List;
import java.util.Map;
import restain.client.ScoreOptions;
import restain.client.Thresholds;

/** The thresholds of a result that can be adjusted. */
final class Gates {
  static final List<String> KEYS = MacroText.keys("segmentation", "minimum", "maximum", "marker");

  /** The value of {@link #maximum} that means no limit. */
  static final int NO_MAXIMUM = 0;

  /** The value of {@link #marker} that means that the marker is not used. */
  static final int NO_MARKER = -1;

  final int segmentation;

  /** In pixels. */
  final int minimum;

  final int maximum;
  final int marker;

  Gates(int segmentation, int minimum, int maximum, int marker) {
    this.segmentation = segmentation;
    this.minimum = minimum;
    this.maximum = maximum;
    this.marker = marker;
  }

  static Gates of(Thresholds used) {
    return new Gates(
        used.prob,
        used.size,
        used.sizeUpper == null ? NO_MAXIMUM : used.sizeUpper,
        used.marker == null ? NO_MARKER : used.marker);
  }

  /** These, changed as a macro states. {@code none} may be written for no maximum and for no marker. */
  Gates with(Map<String, String> stated) {
    return new Gates(
        number(stated, "segmentation", segmentation),
        number(stated, "minimum", minimum),
        "none".equals(stated.get("maximum")) ? NO_MAXIMUM : number(stated, "maximum", maximum),
        "none".equals(stated.get("marker")) ? NO_MARKER : number(stated, "marker", marker));
  }

  /** As options of a request. */
  ScoreOptions addTo(ScoreOptions options) {
    options.probThresh(segmentation).sizeThresh(minimum);
    if (maximum != NO_MAXIMUM) options.sizeThreshUpper(maximum);
    return options.markerThresh(marker == NO_MARKER ? "none" : Integer.toString(marker));
  }

  boolean isSameAs(Gates other) {
    return segmentation == other.segmentation
        && minimum == other.minimum
        && maximum == other.maximum
        && marker == other.marker;
  }

  private static int number(Map<String, String> stated, String key, int otherwise) {
    String text = stated.get(key);
    if (text == null) return otherwise;
    try {
      return (int) Math.round(Double.parseDouble(text));
    } catch (NumberFormatException error) {
      throw new Refusal("The option " + key + " must be a whole number; got \"" + text + "\".");
    }
  }
}
