package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.awt.Rectangle;
import java.awt.Shape;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * Scores a region of any size in tiles, for programs that hold a large image themselves: QuPath.
 *
 * <p>Each tile is sent with some context around. A nucleus belongs to the one tile that holds its centre, so that none is
 * counted twice or cut. The detections come back as GeoJSON in QuPath's form, in pixels of the whole image, counted from
 * corners. Several threads may score tiles of one region.
 */
public final class RegionScoring {
  /** Side of a tile in pixels that are sent. */
  private static final int SIDE = 4096;

  /** Around a tile, so that nuclei at its edge are seen whole. */
  private static final double CONTEXT_MICRONS = 32;

  /** The finest pixels that the server takes. */
  private static final double FINEST_MICRONS = 0.1;

  /** Above this relative difference of width and height a pixel is not square. */
  private static final double SQUARE = 0.01;

  /** Coordinates are rounded to 1 / FINENESS pixel. */
  private static final double FINENESS = 10_000;

  private static final double WILSON_Z = 1.959963984540054;

  /** A part of the region. */
  public static final class Tile {
    // Numbers of their own: of a Rectangle, Groovy would read getX(), which is no whole number.
    /** What to send: the tile and its context, in pixels of the whole image. */
    public final int x;

    public final int y;
    public final int width;
    public final int height;

    final Rectangle part;

    /** Nuclei with their centre in here count, up to the right and lower edges. */
    final Rectangle core;

    Tile(Rectangle core, int context, Rectangle image) {
      this.core = core;
      Rectangle grown = new Rectangle(core);
      grown.grow(context, context);
      part = grown.intersection(image);
      x = part.x;
      y = part.y;
      width = part.width;
      height = part.height;
    }

    boolean owns(double x, double y) {
      return x >= core.x && y >= core.y && x < core.x + core.width && y < core.y + core.height;
    }
  }

  /** How nuclei are named: {@code Positive} and {@code Negative}; {@code Negative, 1+, 2+, 3+}; {@code Tumor: Positive} and so on. */
  public enum Classes {
    POSITIVE,
    GRADES,
    KINDS;

    /**
     * The classes of a script's option.
     *
     * @throws IllegalArgumentException with a sentence, if there are none of this name
     */
    public static Classes of(String name) {
      for (Classes one : values()) if (one.option().equals(name)) return one;
      throw new IllegalArgumentException("classes must be positive, grades or kinds; got \"" + name + "\".");
    }

    /** The name in scripts and in the API's {@code geojson_classes}. */
    public String option() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Classes of QuPath and their colours, as in lib/exchange/qupath-geojson.ts. */
  private static final Map<String, int[]> COLOURS = new LinkedHashMap<>();

  static {
    COLOURS.put("Positive", new int[] {250, 62, 62});
    COLOURS.put("Negative", new int[] {112, 112, 225});
    COLOURS.put("Tumor: Positive", new int[] {200, 0, 0});
    COLOURS.put("Tumor: Negative", new int[] {90, 90, 210});
    COLOURS.put("Immune cells: Positive", new int[] {200, 60, 160});
    COLOURS.put("Immune cells: Negative", new int[] {160, 90, 160});
    COLOURS.put("Stroma: Positive", new int[] {190, 140, 40});
    COLOURS.put("Stroma: Negative", new int[] {90, 160, 90});
    COLOURS.put("Other: Positive", new int[] {220, 150, 60});
    COLOURS.put("Other: Negative", new int[] {150, 150, 120});
  }

  private final RestainClient client;
  private final ScoreOptions options;
  private final double micronsPerPixel;
  private final Classes classes;

  /** The region with straight edges; null for the whole image. */
  private final Shape region;

  /** How many pixels of the image become one that is sent, in each direction. */
  public final double downsample;

  private final List<Tile> tiles;

  /** That the jar is older than the server; null if it is not. */
  private final String doubt;

  /** Counted nuclei: negative, 1+, 2+, 3+. */
  private final int[] bins = new int[4];

  /** Those among them that belong to the tumour: negative, positive. */
  private final int[] tumour = new int[2];

  /** Whether the server counts tumour nuclei in every tile so far. */
  private boolean hasTumour = true;

  private final Map<String, Warning> warnings = new LinkedHashMap<>();
  private final Map<String, Integer> warned = new LinkedHashMap<>();
  private Provenance provenance;

  /**
   * Asks the server for its limits, and divides the region.
   *
   * @param image size of the whole image, in pixels
   * @param micronsPerPixel of the whole image; see {@link #micronsPerPixel}
   * @param region in pixels of the image, counted from corners; null for all of it
   * @param options thresholds and model; pixel size and lists are set here
   * @throws IllegalArgumentException if the region lies outside of the image
   */
  public RegionScoring(
      RestainClient client, Rectangle image, double micronsPerPixel, Shape region, Classes classes, ScoreOptions options)
      throws IOException {
    this(client, image, micronsPerPixel, region, classes, options, SIDE);
  }

  RegionScoring(
      RestainClient client,
      Rectangle image,
      double micronsPerPixel,
      Shape region,
      Classes classes,
      ScoreOptions options,
      int longestSide)
      throws IOException {
    this.client = client;
    this.options = options;
    this.micronsPerPixel = micronsPerPixel;
    this.classes = classes;
    this.region = region == null ? null : straight(region);
    downsample = Math.max(1, Math.ceil(FINEST_MICRONS / micronsPerPixel - 1e-9));
    int context = (int) Math.ceil(CONTEXT_MICRONS / micronsPerPixel);
    Health limits = client.health();
    doubt = Jars.doubtAboutAge(limits.version, client.address(), "restain-client.jar");
    // A PNG of noise is a little larger than its pixels.
    double mostPixels = Math.min(limits.pixels, limits.uploadBytes / 3.3);
    int side = (int) (Math.min(longestSide, Math.sqrt(mostPixels)) * downsample) - 2 * context;
    if (side < context)
      throw new RestainException(
          "image_too_large",
          String.format(
              Locale.ROOT, "The server takes %,d pixels and %,d bytes, too few for a tile.", limits.pixels, limits.uploadBytes),
          0);
    tiles = divide(image, this.region, side, context);
    if (tiles.isEmpty()) throw new IllegalArgumentException("the region lies outside of the image");
  }

  /**
   * The pixel size to score with.
   *
   * @param width of a pixel in µm, as the image states it; not a number if it states none
   * @param height likewise
   * @param resolution {@code own} for the image's own, or {@code 40x}, {@code 20x}, {@code 10x}
   * @throws IllegalArgumentException with a sentence, if the image states none, or if its pixels are not square
   */
  public static double micronsPerPixel(double width, double height, String resolution) {
    switch (resolution) {
      case "40x":
        return 0.25;
      case "20x":
        return 0.5;
      case "10x":
        return 1;
      case "own":
        break;
      default:
        throw new IllegalArgumentException(
            "The resolution must be one of own, 40x, 20x, 10x; got \"" + resolution + "\".");
    }
    if (!(width > 0) || !(height > 0))
      throw new IllegalArgumentException(
          "The image states no pixel size. Set it in the program, or state the resolution 40x, 20x or 10x.");
    if (Math.abs(width - height) > SQUARE * width)
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "The image's pixels are not square: %.4f x %.4f µm.", width, height));
    return (width + height) / 2;
  }

  /** The parts to score, in rows. */
  public List<Tile> tiles() {
    return tiles;
  }

  /**
   * Scores one tile and counts its nuclei.
   *
   * @param pixels of the tile and its context; where {@link #downsample} is above 1, that many times smaller
   * @return its nuclei as a FeatureCollection of QuPath's detections, in pixels of the whole image
   */
  public String score(Tile tile, BufferedImage pixels, Progress progress) throws IOException {
    double scaleX = tile.part.width / (double) pixels.getWidth();
    double scaleY = tile.part.height / (double) pixels.getHeight();
    ScoreOptions asked = new ScoreOptions();
    for (Map.Entry<String, String> option : options.fields().entrySet()) asked.set(option.getKey(), option.getValue());
    asked.micronsPerPixel(micronsPerPixel * scaleX);
    asked.set("include", "cells,geojson").set("geojson_classes", "grades").set("slim", "true");
    Result result = client.score(Source.of(pixels), asked, progress);
    JsonArray features = result.features();
    JsonArray kept = new JsonArray();
    int[] counted = new int[bins.length];
    int[] inTumour = new int[tumour.length];
    for (int i = 0; i < features.size(); i++) {
      Nucleus nucleus = result.nuclei().get(i);
      double x = tile.part.x + nucleus.x * scaleX;
      double y = tile.part.y + nucleus.y * scaleY;
      if (!tile.owns(x, y) || (region != null && !region.contains(x, y))) continue;
      JsonObject feature = features.getObject(i);
      counted[gradeOf(feature)]++;
      if (nucleus.kind.equals("tumour")) inTumour[nucleus.positive ? 1 : 0]++;
      name(feature, nucleus);
      kept.add(place(feature, tile.part, scaleX, scaleY));
    }
    add(counted, inTumour, result);
    JsonObject collection = new JsonObject();
    collection.put("type", "FeatureCollection");
    collection.put("features", kept);
    return JsonWriter.string(collection);
  }

  /** Number of nuclei in the tiles that were scored. */
  public synchronized int total() {
    return bins[0] + positive();
  }

  /** Number of positive nuclei. */
  public synchronized int positive() {
    return bins[1] + bins[2] + bins[3];
  }

  /** The numbers by QuPath's names for the measurements of an annotation. */
  public synchronized Map<String, Double> measurements() {
    int total = total();
    int positive = positive();
    double share = total == 0 ? 0 : positive / (double) total;
    double[] interval = wilson(positive, total);
    Map<String, Double> measurements = new LinkedHashMap<>();
    measurements.put("Num Detections", (double) total);
    measurements.put("Num Positive", (double) positive);
    measurements.put("Num Negative", (double) bins[0]);
    measurements.put("Positive %", 100 * share);
    measurements.put("Positive %: 95% low", interval[0]);
    measurements.put("Positive %: 95% high", interval[1]);
    measurements.put("H-score", hScore());
    measurements.put("Allred score", (double) allred());
    if (!hasTumour || provenance == null) return measurements;
    int tumourTotal = tumour[0] + tumour[1];
    measurements.put("Tumor: Num Detections", (double) tumourTotal);
    measurements.put("Tumor: Num Positive", (double) tumour[1]);
    measurements.put("Tumor: Positive %", tumourTotal == 0 ? 0 : 100.0 * tumour[1] / tumourTotal);
    return measurements;
  }

  /** Doubts about the numbers; each with the number of tiles that it is about. */
  public synchronized List<String> warnings() {
    List<String> sentences = new ArrayList<>();
    if (doubt != null) sentences.add(doubt);
    for (Warning warning : warnings.values()) {
      int count = warned.get(warning.code);
      sentences.add(warning.detail + (tiles.size() == 1 ? "" : " (" + count + " of " + tiles.size() + " tiles)"));
    }
    return sentences;
  }

  /** What made the result; null before the first tile. */
  public synchronized Provenance provenance() {
    return provenance;
  }

  @Override
  public synchronized String toString() {
    double[] interval = wilson(positive(), total());
    return String.format(
        Locale.ROOT,
        "%.1f %% positive (95 %% interval %.1f to %.1f), %,d of %,d nuclei",
        measurements().get("Positive %"),
        interval[0],
        interval[1],
        positive(),
        total());
  }

  private synchronized void add(int[] counted, int[] inTumour, Result result) throws RestainException {
    if (provenance == null) provenance = result.provenance;
    // Numbers of two networks must not be added up.
    else if (!provenance.modelSha256.equals(result.provenance.modelSha256))
      throw new RestainException(
          "model_changed",
          "The server's model changed from " + provenance.model + " to " + result.provenance.model + " between two tiles.",
          0);
    for (int i = 0; i < bins.length; i++) bins[i] += counted[i];
    for (int i = 0; i < tumour.length; i++) tumour[i] += inTumour[i];
    hasTumour &= result.tumour() != null;
    for (Warning warning : result.warnings()) {
      warnings.putIfAbsent(warning.code, warning);
      warned.merge(warning.code, 1, Integer::sum);
    }
  }

  /** See lib/scoring/scores/h-score.ts. */
  private double hScore() {
    int total = total();
    return total == 0 ? 0 : 100.0 * (bins[1] + 2 * bins[2] + 3 * bins[3]) / total;
  }

  /** See lib/scoring/scores/allred.ts. */
  private long allred() {
    long positive = positive();
    long total = total();
    if (positive == 0) return 0;
    int proportion =
        100 * positive <= total
            ? 1
            : 10 * positive <= total ? 2 : 3 * positive <= total ? 3 : 3 * positive <= 2 * total ? 4 : 5;
    return proportion + Math.round((bins[1] + 2.0 * bins[2] + 3.0 * bins[3]) / positive);
  }

  /** The 95 % Wilson interval of a share, in %. */
  private static double[] wilson(int positive, int total) {
    if (total == 0) return new double[] {0, 100};
    double share = positive / (double) total;
    double z2 = WILSON_Z * WILSON_Z;
    double middle = (share + z2 / (2 * total)) / (1 + z2 / total);
    double half =
        WILSON_Z * Math.sqrt(share * (1 - share) / total + z2 / (4.0 * total * total)) / (1 + z2 / total);
    return new double[] {100 * Math.max(0, middle - half), 100 * Math.min(1, middle + half)};
  }

  private static List<Tile> divide(Rectangle image, Shape region, int side, int context) {
    Rectangle all = region == null ? image : region.getBounds().intersection(image);
    List<Tile> tiles = new ArrayList<>();
    if (all.isEmpty()) return tiles;
    int columns = (all.width + side - 1) / side;
    int rows = (all.height + side - 1) / side;
    for (int row = 0; row < rows; row++)
      for (int column = 0; column < columns; column++) {
        int x0 = all.x + (int) ((long) all.width * column / columns);
        int x1 = all.x + (int) ((long) all.width * (column + 1) / columns);
        int y0 = all.y + (int) ((long) all.height * row / rows);
        int y1 = all.y + (int) ((long) all.height * (row + 1) / rows);
        Rectangle core = new Rectangle(x0, y0, x1 - x0, y1 - y0);
        if (region == null || region.intersects(core)) tiles.add(new Tile(core, context, image));
      }
    return Collections.unmodifiableList(tiles);
  }

  private static Shape straight(Shape shape) {
    Path2D path = new Path2D.Double();
    path.append(shape.getPathIterator(null, GeoJson.FLATNESS), false);
    path.setWindingRule(shape.getPathIterator(null).getWindingRule());
    return path;
  }

  private static int gradeOf(JsonObject feature) {
    String name = feature.getObject("properties").getObject("classification").getString("name", "");
    return name.equals("1+") ? 1 : name.equals("2+") ? 2 : name.equals("3+") ? 3 : 0;
  }

  /** Gives a feature the class that is asked for; it comes with its grade. */
  private void name(JsonObject feature, Nucleus nucleus) {
    if (classes == Classes.GRADES) return;
    String name = nucleus.positive ? "Positive" : "Negative";
    String kind = Nucleus.KIND_CLASSES.get(nucleus.kind);
    // An older server tells no kinds.
    if (classes == Classes.KINDS && kind != null) name = kind + ": " + name;
    JsonObject classification = new JsonObject();
    classification.put("name", name);
    JsonArray colour = new JsonArray();
    for (int part : COLOURS.get(name)) colour.add(part);
    classification.put("color", colour);
    feature.getObject("properties").put("classification", classification);
  }

  /** The feature in pixels of the whole image. */
  private JsonObject place(JsonObject feature, Rectangle part, double scaleX, double scaleY) {
    JsonObject geometry = feature.getObject("geometry");
    geometry.put("coordinates", place(geometry.getArray("coordinates"), part, scaleX, scaleY));
    // The server's id follows from the place in the tile, which other tiles have too.
    feature.put("id", UUID.randomUUID().toString());
    return feature;
  }

  private static JsonArray place(JsonArray coordinates, Rectangle part, double scaleX, double scaleY) {
    JsonArray placed = new JsonArray();
    if (coordinates.size() == 2 && coordinates.isNumber(0)) {
      placed.add(rounded(part.x + coordinates.getDouble(0) * scaleX));
      placed.add(rounded(part.y + coordinates.getDouble(1) * scaleY));
    } else for (Object inner : coordinates) placed.add(place((JsonArray) inner, part, scaleX, scaleY));
    return placed;
  }

  private static Number rounded(double value) {
    double rounded = Math.round(value * FINENESS) / FINENESS;
    return rounded == Math.rint(rounded) ? (Number) (long) rounded : (Number) rounded;
  }
}
