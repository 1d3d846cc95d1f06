package restain.client;

import com.grack.nanojson.JsonObject;

/** The thresholds that made a result. */
public final class Thresholds {
  /** A pixel belongs to a nucleus when red + blue of {@code Seg} is above this. */
  public final int prob;

  /** Kept nuclei have more pixels than this. */
  public final int size;

  /** Kept nuclei have fewer pixels than this; null if there is no such limit. */
  public final Integer sizeUpper;

  /** A nucleus whose largest marker value is above this is positive; null if the marker is not used. */
  public final Integer marker;

  Thresholds(JsonObject scoring) {
    prob = scoring.getInt("prob_thresh");
    size = scoring.getInt("size_thresh");
    sizeUpper = integer(scoring.getNumber("size_thresh_upper"));
    marker = integer(scoring.getNumber("marker_thresh"));
  }

  private static Integer integer(Number number) {
    return number == null ? null : number.intValue();
  }
}
