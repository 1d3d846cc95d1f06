package restain.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Regions in tiles, as QuPath sends them. */
class RegionScoringTest {
  /** 20 x 15 nuclei, the first 100 of them brown: the upper five rows. */
  private static final BufferedImage image = Fields.field(20, 15, 100);

  private static final Rectangle size = new Rectangle(image.getWidth(), image.getHeight());
  private static final double MICRONS = 0.25;

  private static RegionScoring scoring(Shape region, RegionScoring.Classes classes, int side) throws IOException {
    return new RegionScoring(Servers.client(), size, MICRONS, region, classes, new ScoreOptions(), side);
  }

  /** Scores all tiles and returns the features. */
  private static List<JsonObject> features(RegionScoring scoring) throws Exception {
    List<JsonObject> features = new ArrayList<>();
    for (RegionScoring.Tile tile : scoring.tiles()) {
      BufferedImage pixels = image.getSubimage(tile.part.x, tile.part.y, tile.part.width, tile.part.height);
      String text = scoring.score(tile, pixels, Progress.NONE);
      QuPathSchema.check(text);
      for (Object feature : JsonParser.object().from(text).getArray("features")) features.add((JsonObject) feature);
    }
    return features;
  }

  private static double[] centre(JsonObject feature) {
    JsonArray ring = feature.getObject("geometry").getArray("coordinates").getArray(0);
    double[] sum = new double[2];
    for (int i = 1; i < ring.size(); i++)
      for (int axis = 0; axis < 2; axis++) sum[axis] += ring.getArray(i).getDouble(axis) / (ring.size() - 1);
    return sum;
  }

  /** Row and column of the drawn nucleus that a feature is. */
  private static String cell(JsonObject feature) {
    double[] centre = centre(feature);
    for (double at : centre) assertEquals(Fields.CELL / 2.0, at % Fields.CELL, 2);
    return (int) centre[1] / Fields.CELL + " " + (int) centre[0] / Fields.CELL;
  }

  private static String className(JsonObject feature) {
    return feature.getObject("properties").getObject("classification").getString("name");
  }

  /** The edges of the smaller tiles run through nuclei. */
  @ParameterizedTest
  @ValueSource(ints = {4096, 500})
  void everyNucleusIsFoundOnceInHoweverManyTiles(int side) throws Exception {
    RegionScoring scoring = scoring(null, RegionScoring.Classes.POSITIVE, side);
    assertEquals(side == 4096, scoring.tiles().size() == 1);
    List<JsonObject> features = features(scoring);
    assertEquals(300, features.stream().map(RegionScoringTest::cell).distinct().count());
    assertEquals(Arrays.asList(300, 300, 100), Arrays.asList(features.size(), scoring.total(), scoring.positive()));
    for (JsonObject feature : features)
      assertEquals(centre(feature)[1] < 5 * Fields.CELL ? "Positive" : "Negative", className(feature));
    Set<String> ids = new HashSet<>();
    for (JsonObject feature : features) assertTrue(ids.add(feature.getString("id")));
    for (String name : Arrays.asList("Nucleus: Area µm^2", "Nucleus: OD sum mean", "Marker mean"))
      assertTrue(features.get(0).getObject("properties").getObject("measurements").getDouble(name) > 0, name);
  }

  static Stream<Object[]> regions() {
    Area ring = new Area(new Rectangle(0, 0, 800, 600));
    ring.subtract(new Area(new Rectangle(200, 200, 400, 200)));
    return Stream.of(
        new Object[] {new Rectangle(400, 120, 400, 400), 100, 20},
        new Object[] {new Rectangle(-500, -500, 540, 540), 1, 1},
        new Object[] {ring, 250, 100},
        new Object[] {new Ellipse2D.Double(0, 0, 80, 80), 4, 4});
  }

  @ParameterizedTest
  @MethodSource("regions")
  void outsideOfTheRegionNothingIsCounted(Shape region, int total, int positive) throws Exception {
    RegionScoring scoring = scoring(region, RegionScoring.Classes.POSITIVE, 500);
    List<JsonObject> features = features(scoring);
    for (JsonObject feature : features) assertTrue(region.contains(centre(feature)[0], centre(feature)[1]));
    assertEquals(
        Arrays.asList(total, total, positive), Arrays.asList(features.size(), scoring.total(), scoring.positive()));
  }

  @Test
  void tilesThatTheRegionDoesNotTouchAreNotSent() throws IOException {
    Area corners = new Area(new Rectangle(0, 0, 40, 40));
    corners.add(new Area(new Rectangle(760, 560, 40, 40)));
    List<RegionScoring.Tile> tiles = scoring(corners, RegionScoring.Classes.POSITIVE, 500).tiles();
    assertEquals(2, tiles.size());
    for (RegionScoring.Tile tile : tiles) assertTrue(size.contains(tile.part) && tile.part.contains(tile.core));
  }

  @Test
  void theMeasurementsAreTheScoresOfTheServer() throws Exception {
    Result whole = Servers.client().infer(Source.of(image), new ScoreOptions().micronsPerPixel(MICRONS), Progress.NONE);
    JsonObject answer = JsonParser.object().from(whole.json());
    RegionScoring scoring = scoring(null, RegionScoring.Classes.GRADES, 4096);
    Set<String> names = features(scoring).stream().map(RegionScoringTest::className).collect(Collectors.toCollection(TreeSet::new));
    assertTrue(names.contains("Negative") && !names.contains("Positive") && names.size() > 1, names.toString());
    java.util.Map<String, Double> measured = scoring.measurements();
    assertEquals(
        Arrays.asList(
            "Num Detections", "Num Positive", "Num Negative", "Positive %", "Positive %: 95% low", "Positive %: 95% high",
            "H-score", "Allred score", "Tumor: Num Detections", "Tumor: Num Positive", "Tumor: Positive %"),
        new ArrayList<>(measured.keySet()));
    assertEquals(whole.tumour().total, measured.get("Tumor: Num Detections"));
    assertEquals(whole.tumour().positive, measured.get("Tumor: Num Positive"));
    assertEquals(whole.tumour().percent, measured.get("Tumor: Positive %"), 0.06);
    assertEquals(whole.percent, measured.get("Positive %"), 0.05);
    assertEquals(whole.interval()[0], measured.get("Positive %: 95% low"), 0.06);
    assertEquals(whole.interval()[1], measured.get("Positive %: 95% high"), 0.06);
    assertEquals(answer.getDouble("h_score"), measured.get("H-score"), 0.06);
    assertEquals(answer.getObject("allred").getInt("total"), measured.get("Allred score"), 0);
    assertEquals(whole.provenance.modelSha256, scoring.provenance().modelSha256);
    assertTrue(scoring.toString().startsWith("33.3 % positive (95 % interval "), scoring.toString());
  }

  @Test
  void kindsAreClassesAsTheServerWritesThem() throws Exception {
    ScoreOptions asked = new ScoreOptions().micronsPerPixel(MICRONS);
    asked.set("include", "cells,geojson").set("geojson_classes", "kinds").set("marker", "er");
    List<String> written = new ArrayList<>();
    for (Object feature : Servers.client().infer(Source.of(image), asked, Progress.NONE).features())
      written.add(((JsonObject) feature).getObject("properties").getObject("classification").toString());
    List<String> named = new ArrayList<>();
    for (JsonObject feature : features(scoring(null, RegionScoring.Classes.KINDS, 4096)))
      named.add(feature.getObject("properties").getObject("classification").toString());
    assertEquals(written, named);
    assertTrue(named.get(0).contains(": Positive") && named.get(299).contains(": Negative"), named.get(0));
  }

  @Test
  void aMarkerOfOtherCellsGivesNoNumbersOfTheTumour() throws Exception {
    ScoreOptions cd3 = new ScoreOptions().marker("cd3");
    RegionScoring scoring =
        new RegionScoring(Servers.client(), size, MICRONS, null, RegionScoring.Classes.POSITIVE, cd3, 4096);
    assertEquals(300, features(scoring).size());
    assertFalse(scoring.measurements().containsKey("Tumor: Positive %"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"positive", "grades", "kinds"})
  void classesHaveTheNamesOfTheApi(String name) {
    assertEquals(name, RegionScoring.Classes.of(name).option());
  }

  @Test
  void otherClassesAreRefused() {
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> RegionScoring.Classes.of("Positive")).getMessage();
    assertTrue(sentence.contains("kinds") && sentence.contains("\"Positive\""), sentence);
  }

  @Test
  void pixelsThatAreTooFineAreReducedAndTheNucleiKeepTheirPlace() throws Exception {
    // Each pixel of the drawing is six of the image, of 1 / 24 µm.
    Rectangle fine = new Rectangle(size.width * 6, size.height * 6);
    Rectangle region = new Rectangle(6 * 400, 6 * 120, 6 * 400, 6 * 400);
    RegionScoring scoring =
        new RegionScoring(Servers.client(), fine, MICRONS / 6, region, RegionScoring.Classes.POSITIVE, new ScoreOptions());
    assertEquals(3, scoring.downsample);
    RegionScoring.Tile tile = scoring.tiles().get(0);
    BufferedImage pixels = new BufferedImage(tile.part.width / 3, tile.part.height / 3, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = pixels.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.scale(2, 2);
    graphics.translate(-tile.part.x / 6.0, -tile.part.y / 6.0);
    graphics.drawImage(image, 0, 0, null);
    graphics.dispose();
    JsonArray features = JsonParser.object().from(scoring.score(tile, pixels, Progress.NONE)).getArray("features");
    assertEquals(Arrays.asList(100, 20), Arrays.asList(features.size(), scoring.positive()));
    for (Object feature : features)
      for (double at : centre((JsonObject) feature)) assertEquals(120, at % 240, 15);
  }

  @Test
  void optionsAreSentAndWarningsNameTheirTiles() throws Exception {
    ScoreOptions none = new ScoreOptions().sizeThresh(100_000);
    RegionScoring scoring =
        new RegionScoring(Servers.client(), size, MICRONS, null, RegionScoring.Classes.POSITIVE, none, 800);
    assertEquals(0, features(scoring).size());
    assertEquals(0, scoring.measurements().get("Positive %"));
    int tiles = scoring.tiles().size();
    String all = "(" + tiles + " of " + tiles + " tiles)";
    assertTrue(tiles > 1 && scoring.warnings().stream().anyMatch(text -> text.endsWith(all)), scoring.warnings().toString());
  }

  @Test
  void cancellingStopsATile() throws IOException {
    RegionScoring scoring = scoring(null, RegionScoring.Classes.POSITIVE, 4096);
    Progress stop =
        new Progress() {
          @Override
          public void report(double share, String stage) {}

          @Override
          public boolean isCancelled() {
            return true;
          }
        };
    RestainException error =
        assertThrows(RestainException.class, () -> scoring.score(scoring.tiles().get(0), image, stop));
    assertEquals("cancelled", error.code());
    assertEquals(0, scoring.total());
  }

  @Test
  void aRegionOutsideOfTheImageIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> scoring(new Rectangle(5000, 5000, 10, 10), RegionScoring.Classes.POSITIVE, 4096));
  }

  @ParameterizedTest
  @CsvSource({"0.25, 0.25, own, 0.25", "0.25, 0.2501, own, 0.25005", "NaN, NaN, 40x, 0.25", "0.1, 0.1, 20x, 0.5", "NaN, NaN, 10x, 1"})
  void thePixelSizeIsThatOfTheImageOrOfTheMagnification(double width, double height, String resolution, double microns) {
    assertEquals(microns, RegionScoring.micronsPerPixel(width, height, resolution), 1e-9);
  }

  @ParameterizedTest
  @CsvSource({"NaN, NaN, own, states no pixel size", "0.25, 0.5, own, not square", "0.25, 0.25, 63x, 63x"})
  void aPixelSizeThatCannotBeUsedIsRefusedInASentence(double width, double height, String resolution, String said) {
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> RegionScoring.micronsPerPixel(width, height, resolution))
            .getMessage();
    assertTrue(sentence.contains(said), sentence);
    assertFalse(sentence.isEmpty());
  }
}
