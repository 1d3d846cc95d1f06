package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.awt.geom.Path2D;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** One nucleus. Coordinates are pixels, counted from corners. */
public final class Nucleus {
  /** Number within its image, from 1. */
  public final int id;

  /** Centre. */
  public final double x;

  /** Centre. */
  public final double y;

  public final boolean positive;

  /** In pixels of the picture that was analysed. */
  public final int areaPx;

  /** In µm². */
  public final double areaUm2;

  /** Largest value of the inferred marker picture, 0 to 255. */
  public final int markerMax;

  public final double markerMean;

  /** Mean optical density, averaged over red, green and blue. */
  public final double odMean;

  private final List<double[][]> rings;

  Nucleus(JsonObject cell) {
    JsonArray centre = cell.getArray("centroid", new JsonArray());
    id = cell.getInt("id");
    x = centre.getDouble(0);
    y = centre.getDouble(1);
    positive = cell.getBoolean("positive");
    areaPx = cell.getInt("area_px");
    areaUm2 = cell.getDouble("area_um2");
    markerMax = cell.getInt("marker_max");
    markerMean = cell.getDouble("marker_mean");
    odMean = cell.getDouble("od_mean");
    List<double[][]> all = new ArrayList<>();
    all.add(ring(cell.getArray("contour", new JsonArray())));
    for (Object hole : cell.getArray("holes", new JsonArray())) all.add(ring((JsonArray) hole));
    rings = Collections.unmodifiableList(all);
  }

  /** The outline, then the holes: points (x, y) along the edges of pixels. The first point is not repeated. */
  public List<double[][]> rings() {
    return rings;
  }

  /** Outline and holes as one shape. */
  public Path2D shape() {
    Path2D path = new Path2D.Double(Path2D.WIND_EVEN_ODD);
    for (double[][] ring : rings) {
      if (ring.length == 0) continue;
      path.moveTo(ring[0][0], ring[0][1]);
      for (int i = 1; i < ring.length; i++) path.lineTo(ring[i][0], ring[i][1]);
      path.closePath();
    }
    return path;
  }

  private static double[][] ring(JsonArray points) {
    double[][] ring = new double[points.size()][];
    for (int i = 0; i < ring.length; i++) {
      JsonArray point = points.getArray(i);
      ring[i] = new double[] {point.getDouble(0), point.getDouble(1)};
    }
    return ring;
  }
}
