package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.awt.geom.Path2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One nucleus. Coordinates are pixels, counted from corners. */
public final class Nucleus {
  /** QuPath's classes by kind, as in lib/exchange/qupath-geojson.ts. */
  static final Map<String, String> KIND_CLASSES = new LinkedHashMap<>();

  static {
    KIND_CLASSES.put("tumour", "Tumor");
    KIND_CLASSES.put("lymphocyte", "Immune cells");
    KIND_CLASSES.put("stroma", "Stroma");
    KIND_CLASSES.put("other", "Other");
  }

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

  /** What it belongs to: {@code tumour lymphocyte stroma other}; empty where that is not told. */
  public final String kind;

  /** Likelihood of that kind, from 0 to 1; not a number without one. */
  public final double kindLikelihood;

  /** Share of its cell's membrane that is stained, from 0 to 1; not a number where membranes were not measured. */
  public final double membraneCompleteness;

  /** Mean optical density of DAB of that part; not a number likewise. */
  public final double membraneOd;

  /** Median optical density of DAB beside it; not a number likewise. */
  public final double cytoplasmOd;

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
    kind = cell.getString("kind", "");
    kindLikelihood = cell.getDouble("kind_likelihood", Double.NaN);
    JsonObject membrane = cell.getObject("membrane", new JsonObject());
    membraneCompleteness = membrane.getDouble("completeness", Double.NaN);
    membraneOd = membrane.getDouble("od", Double.NaN);
    cytoplasmOd = membrane.getDouble("cytoplasm_od", Double.NaN);
    List<double[][]> all = new ArrayList<>();
    all.add(ring(cell.getArray("contour", new JsonArray())));
    for (Object hole : cell.getArray("holes", new JsonArray())) all.add(ring((JsonArray) hole));
    rings = Collections.unmodifiableList(all);
  }

  private Nucleus(JsonObject properties, List<double[][]> rings) {
    JsonObject measured = properties.getObject("measurements", new JsonObject());
    this.rings = Collections.unmodifiableList(rings);
    double[] centre = centreOf(rings);
    id = Integer.parseInt(properties.getString("name", "0"));
    x = centre[0];
    y = centre[1];
    String className = properties.getObject("classification", new JsonObject()).getString("name", "");
    positive = className.endsWith("Positive");
    areaPx = measured.getInt("Nucleus: Area px^2");
    areaUm2 = measured.getDouble("Nucleus: Area µm^2");
    markerMax = measured.getInt("Marker max");
    markerMean = measured.getDouble("Marker mean");
    odMean = measured.getDouble("Nucleus: OD sum mean") / 3;
    kind = kindOf(className);
    kindLikelihood = measured.getDouble("Kind likelihood", Double.NaN);
    membraneCompleteness = measured.getDouble("Membrane: Completeness", Double.NaN);
    membraneOd = measured.getDouble("Membrane: DAB OD mean", Double.NaN);
    cytoplasmOd = measured.getDouble("Cytoplasm: DAB OD median", Double.NaN);
  }

  private static String kindOf(String className) {
    for (Map.Entry<String, String> kind : KIND_CLASSES.entrySet())
      if (className.startsWith(kind.getValue() + ": ")) return kind.getKey();
    return "";
  }

  /** A nucleus of a file of detections with the classes Tumor: Positive, Tumor: Negative and so on. */
  static Nucleus ofDetection(JsonObject feature) {
    return new Nucleus(
        feature.getObject("properties", new JsonObject()), ringsOf(feature.getObject("geometry", new JsonObject())));
  }

  /** All rings of a Polygon or MultiPolygon, holes turned the other way round than outlines. */
  static List<double[][]> ringsOf(JsonObject geometry) {
    JsonArray coordinates = geometry.getArray("coordinates", new JsonArray());
    List<double[][]> rings = new ArrayList<>();
    boolean isOne = geometry.getString("type", "").equals("Polygon");
    for (Object polygon : isOne ? new JsonArray(Collections.singletonList(coordinates)) : coordinates) {
      boolean isHole = false;
      for (Object ring : (JsonArray) polygon) {
        double[][] points = open(ring((JsonArray) ring));
        rings.add(twiceAreaOf(points) < 0 == isHole ? points : reversed(points));
        isHole = true;
      }
    }
    return rings;
  }

  private static double twiceAreaOf(double[][] ring) {
    double twice = 0;
    for (int i = 0, j = ring.length - 1; i < ring.length; j = i++)
      twice += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
    return twice;
  }

  private static double[][] reversed(double[][] ring) {
    double[][] turned = ring.clone();
    Collections.reverse(Arrays.asList(turned));
    return turned;
  }

  /** The centre of the area. Outlines follow the edges of pixels, so it is that of the pixels. */
  static double[] centreOf(List<double[][]> rings) {
    double twice = 0;
    double[] moment = new double[2];
    for (double[][] ring : rings)
      for (int i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        double cross = ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
        twice += cross;
        for (int axis = 0; axis < 2; axis++) moment[axis] += cross * (ring[i][axis] + ring[j][axis]);
      }
    return new double[] {moment[0] / (3 * twice), moment[1] / (3 * twice)};
  }

  /** Without the repeated first point of GeoJSON. */
  private static double[][] open(double[][] ring) {
    int last = ring.length - 1;
    boolean isClosed = last > 0 && Arrays.equals(ring[0], ring[last]);
    return isClosed ? Arrays.copyOf(ring, last) : ring;
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
