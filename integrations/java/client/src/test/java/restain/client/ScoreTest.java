package restain.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One image: kinds of input, options, and the result. */
class ScoreTest {
  private static final RestainClient client = Servers.client();
  private static final BufferedImage field = Fields.field();
  private static Result result;

  @BeforeAll
  static void score() throws IOException {
    result = client.score(Source.of(field), at40x(), Progress.NONE);
  }

  private static ScoreOptions at40x() {
    return new ScoreOptions().resolution("40x");
  }

  @Test
  void numbersAreThoseOfTheDrawing() {
    assertEquals(Arrays.asList(30, 10, 20), Arrays.asList(result.total, result.positive, result.negative()));
    assertEquals(33.3, result.percent);
    assertTrue(result.interval()[0] < 33.3 && 33.3 < result.interval()[1]);
    assertEquals(0.25, result.provenance.micronsPerPixel);
    assertTrue(result.provenance.model.contains("@") && !result.provenance.software.isEmpty());
    assertTrue(result.thresholds.prob > 0 && result.thresholds.size > 0);
    assertNull(result.thresholds.marker);
    // Ten of thirty are positive: a proportion of 3, and an intensity of 1 to 3.
    assertTrue(result.hScore() >= 33 && result.hScore() <= 100, "H-score " + result.hScore());
    assertTrue(result.allred() >= 4 && result.allred() <= 6, "Allred " + result.allred());
    assertTrue(result.toString().startsWith("33.3 % positive (95 % interval "), result.toString());
  }

  @Test
  void nucleiHaveOutlinesThatEncloseTheirArea() {
    assertEquals(30, result.nuclei().size());
    assertEquals(10, result.nuclei().stream().filter(nucleus -> nucleus.positive).count());
    for (Nucleus nucleus : result.nuclei()) {
      assertEquals(20, nucleus.x % Fields.CELL, 2);
      assertTrue(nucleus.shape().contains(nucleus.x, nucleus.y));
      double area = 0;
      for (double[][] ring : nucleus.rings()) area += Math.abs(areaOf(ring)) * (ring == nucleus.rings().get(0) ? 1 : -1);
      assertEquals(nucleus.areaPx, area, 1e-6);
      assertEquals(nucleus.areaPx / 16.0, nucleus.areaUm2, 0.1);
    }
  }

  private static double areaOf(double[][] ring) {
    double twice = 0;
    for (int i = 0, j = ring.length - 1; i < ring.length; j = i++)
      twice += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
    return twice / 2;
  }

  @Test
  void picturesHaveTheSizeOfTheImage() throws IOException {
    List<String> names = Arrays.asList("Hema", "DAPI", "Lap2", "Marker", "Seg", "SegOverlaid", "SegRefined");
    assertEquals(new HashSet<>(names), result.pictures().keySet());
    for (String name : names) {
      BufferedImage picture = result.picture(name);
      assertArrayEquals(new int[] {240, 200}, new int[] {picture.getWidth(), picture.getHeight()});
    }
    assertNull(result.picture("no such picture"));
  }

  @Test
  void everyKindOfImageGivesTheSameNumbers(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("field.png");
    Files.write(file, Source.png(field));
    BufferedImage transparent = new BufferedImage(240, 200, BufferedImage.TYPE_INT_ARGB);
    transparent.createGraphics().drawImage(field, 0, 0, null);
    for (Source source : Arrays.asList(Source.of(file), Source.of(Source.png(field)), Source.of(transparent)))
      assertEquals(10, client.infer(source, at40x(), Progress.NONE).positive);
  }

  @Test
  void aRegionCountsOnlyWhatIsInside() throws IOException {
    ScoreOptions options = at40x().roi(new Rectangle(0, 0, 240, 40));
    Result inside = client.infer(Source.of(field), options, Progress.NONE);
    assertEquals(Arrays.asList(6, 6), Arrays.asList(inside.total, inside.positive));
  }

  @Test
  void thresholdsAreSentAndComeBack() throws IOException {
    ScoreOptions options = new ScoreOptions().micronsPerPixel(0.25).sizeThresh(100_000).markerThresh("auto");
    Result none = client.infer(Source.of(field), options.probThresh(100).sizeThreshUpper(200_000), Progress.NONE);
    assertEquals(Arrays.asList(0, 0), Arrays.asList(none.total, none.nuclei().size()));
    assertEquals(Arrays.asList(100, 100_000), Arrays.asList(none.thresholds.prob, none.thresholds.size));
    assertEquals(200_000, none.thresholds.sizeUpper);
    List<String> codes = none.warnings().stream().map(warning -> warning.code).collect(Collectors.toList());
    assertTrue(codes.contains("nothing_found"), codes.toString());
    assertTrue(none.warnings().stream().allMatch(warning -> warning.detail.length() > 20));
  }

  @Test
  void membranesAreMeasuredWhereTheMarkerIsOneOfThem() throws IOException {
    Result measured = client.infer(Source.of(field), at40x().marker("pdl1"), Progress.NONE);
    MembraneScore membrane = measured.membrane();
    assertEquals(measured.tumour().total, membrane.total + membrane.unsure);
    assertTrue(membrane.stained <= membrane.total && membrane.low <= membrane.tps && membrane.tps <= membrane.high);
    assertEquals(membrane.total == 0 ? 0 : 100.0 * membrane.stained / membrane.total, membrane.tps, 0.051);
    assertEquals(membrane.total == 0, Double.isNaN(membrane.cps));
    assertTrue(membrane.completePercent() >= 0 && membrane.completePercent() <= membrane.tps + 0.06);
    for (Nucleus nucleus : measured.nuclei()) {
      assertTrue(nucleus.membraneCompleteness >= 0 && nucleus.membraneCompleteness <= 1);
      assertTrue(nucleus.membraneOd >= 0 && !Double.isNaN(nucleus.cytoplasmOd));
    }
    assertTrue(measured.toString().endsWith("nuclei; " + membrane), measured.toString());
    assertNull(result.membrane());
    assertTrue(result.nuclei().stream().allMatch(nucleus -> Double.isNaN(nucleus.membraneOd)));
  }

  @Test
  void thresholdsAreAdjustedWithoutInferringAnew() throws IOException {
    ScoreOptions options = new ScoreOptions().resolution("40x").sizeThresh(100_000);
    Source seg = Source.of(result.pictures().get("Seg"));
    Source marker = Source.of(result.pictures().get("Marker"));
    Result same = client.postprocess(Source.of(field), seg, null, at40x(), Progress.NONE);
    assertEquals(Arrays.asList(30, 10), Arrays.asList(same.total, same.positive));
    assertEquals(0, client.postprocess(Source.of(field), seg, marker, options, Progress.NONE).total);
    assertEquals(new HashSet<>(Arrays.asList("SegOverlaid", "SegRefined")), same.pictures().keySet());
    assertEquals(7, same.withPictures(result.pictures()).pictures().size());
  }

  @Test
  void aTaskIsSubmittedFollowedAndForgotten() throws IOException {
    List<Double> shares = new ArrayList<>();
    String task = client.submit(Source.of(field), at40x(), Progress.NONE);
    assertTrue(Arrays.asList("PENDING", "STARTED", "SUCCESS").contains(client.status(task).state));
    assertEquals(30, client.await(task, (share, stage) -> shares.add(share)).total);
    assertTrue(shares.stream().allMatch(share -> share >= 0 && share <= 1), shares.toString());
    assertEquals("task_not_found", assertThrows(RestainException.class, () -> client.status(task)).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"not an image at all", "%PDF-1.7\n%%EOF"})
  void brokenFilesRaiseTheErrorOfTheServer(String text) {
    Source broken = Source.of(text.getBytes(StandardCharsets.UTF_8));
    for (boolean isTask : new boolean[] {true, false}) {
      RestainException error =
          assertThrows(
              RestainException.class,
              () -> {
                if (isTask) client.score(broken, at40x(), Progress.NONE);
                else client.infer(broken, at40x(), Progress.NONE);
              });
      assertEquals("unreadable_image", error.code());
      assertEquals(415, error.status());
      assertNotNull(error.requestId());
      assertTrue(error.getMessage().contains(error.detail()) && error.detail().length() > 15);
    }
  }

  @Test
  void faultyOptionsAreNamed() {
    ScoreOptions options = new ScoreOptions().resolution("63x").probThresh(999);
    RestainException error =
        assertThrows(RestainException.class, () -> client.infer(Source.of(field), options, Progress.NONE));
    assertEquals("invalid_option", error.code());
    List<String> pointers = error.errors().stream().map(one -> one.pointer).sorted().collect(Collectors.toList());
    assertEquals(Arrays.asList("/prob_thresh", "/resolution"), pointers);
    assertTrue(error.getMessage().contains("63x") && error.getMessage().contains("999"), error.getMessage());
  }

  @Test
  void anUnknownModelIsRefused() {
    ScoreOptions options = new ScoreOptions().model("no-such-model");
    RestainException error =
        assertThrows(RestainException.class, () -> client.score(Source.of(field), options, Progress.NONE));
    assertEquals("model_not_found", error.code());
  }

  @Test
  void healthStatesVersionModelsAndLimits() throws IOException {
    Health health = client.health();
    assertTrue(health.version.matches("\\d+\\.\\d+\\.\\d+.*") && !health.models.isEmpty());
    assertTrue(health.pixels > 1_000_000 && health.uploadBytes > 1_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:3000", "ftp://localhost", "", "http://"})
  void aFaultyAddressIsRefused(String address) {
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> RestainClient.at(address)).getMessage().contains("http"));
  }

  @Test
  void aSavedResultIsNeverOverwrittenAndOpensAgain(@TempDir Path folder) throws IOException {
    byte[] original = Source.png(field);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 3; i++)
      names.add(
          ResultFolder.save(result, original, Collections.singletonMap("resolution", "40x"), folder, "field")
              .path.getFileName().toString());
    assertEquals(Arrays.asList("field", "field-2", "field-3"), names);
    List<String> rows = Files.readAllLines(folder.resolve("field/nuclei.csv"));
    assertEquals(31, rows.size());
    for (String row : rows) assertEquals(14, row.split(",", -1).length, row);
    ResultFolder opened = ResultFolder.open(folder.resolve("field-2"));
    assertEquals(result.json(), opened.result.json());
    assertEquals(30, opened.result.nuclei().size());
    assertEquals(result.pictures().keySet(), opened.result.pictures().keySet());
    assertArrayEquals(original, opened.original);
    assertEquals("40x", opened.settings.get("resolution"));
    assertThrows(IOException.class, () -> ResultFolder.open(folder));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../up", "a/b", ".", ".."})
  void aNameThatIsAPathIsRefused(String name, @TempDir Path folder) {
    assertThrows(
        IllegalArgumentException.class,
        () -> ResultFolder.save(result, new byte[0], Collections.<String, String>emptyMap(), folder, name));
  }
}
