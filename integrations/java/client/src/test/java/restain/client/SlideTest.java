package restain.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.awt.Rectangle;
import java.awt.Shape;
import java.awt.geom.Area;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole slides, kept by the server. */
class SlideTest {
  private static final int PART_BYTES = 8 << 20;
  private static final Map<String, String> NO_OPTIONS = Collections.emptyMap();
  private static final RestainClient client = Servers.client();

  @TempDir static Path folder;
  private static Path file;

  /** 30 x 25 nuclei, the upper 10 rows brown. Its tumour annotation holds the rows 5 to 14. */
  private static Slide slide;

  private static final String TUMOUR = "5f6a1e4e-6d0b-4b5e-9a55-0c7b3c6f8a01";
  private static final Rectangle region = new Rectangle(0, 5 * Fields.CELL, 30 * Fields.CELL, 10 * Fields.CELL);
  private static SlideScores scores;

  @BeforeAll
  static void score() throws IOException {
    file = folder.resolve("slide.tif");
    // Readers ignore what follows. So the file is sent in two parts.
    Files.write(file, Arrays.copyOf(Fields.tiledTiff(Fields.field(30, 25, 300)), PART_BYTES + 1000));
    slide = client.createSlide(Files.size(file), true);
    uploadInTwoGoes();
    slide.ingest(SlideChoice.ONLY, Progress.NONE);
    slide.changeSettings(new ScoreOptions().micronsPerPixel(0.25).sizeThresh(60));
    List<SlideAnnotation> drawn = new ArrayList<>();
    drawn.add(SlideAnnotation.ofQuPath(UUID.fromString(TUMOUR), "rows", "Tumor", region));
    slide.addAnnotations(drawn);
    scores = slide.score(SlideScope.annotations(Collections.singleton(TUMOUR.replace("-", ""))), Progress.NONE);
  }

  /** The first call is cancelled after a part. */
  private static void uploadInTwoGoes() throws IOException {
    List<Double> shares = new ArrayList<>();
    Progress cancel =
        new Progress() {
          @Override
          public void report(double share, String stage) {
            shares.add(share);
          }

          @Override
          public boolean isCancelled() {
            return !shares.isEmpty();
          }
        };
    RestainException stopped = assertThrows(RestainException.class, () -> slide.upload(file, cancel));
    assertEquals("cancelled", stopped.code());
    assertEquals("uploading", slide.status().state);
    List<Double> later = new ArrayList<>();
    client.slide(slide.id).upload(file, (share, stage) -> later.add(share));
    assertEquals(Collections.singletonList(1.0), later);
  }

  @AfterAll
  static void delete() throws IOException {
    slide.delete();
    assertEquals(404, assertThrows(RestainException.class, slide::status).status());
  }

  @Test
  void aSlideIsDescribed() throws IOException {
    SlideStatus status = slide.status();
    assertEquals("ready 1200 1000", status.state + " " + status.width + " " + status.height);
    assertEquals(0, status.micronsPerPixel);
    assertTrue(status.mayEdit && status.fileSha256.length() == 64 && status.expiresAt.startsWith("20"));
    SlideStatus seen = client.slide(status.viewId).status();
    assertFalse(seen.mayEdit);
    assertEquals(Servers.NORMAL + "/slides/" + slide.id, slide.address());
  }

  @Test
  void numbersAreThoseOfTheRegion() throws IOException {
    RegionNumbers tumour = scores.tumour;
    assertEquals(Arrays.asList(300, 150, 150), Arrays.asList(tumour.total, tumour.positive, tumour.negative()));
    assertEquals(50.0, tumour.percent);
    assertTrue(tumour.tumour.total <= tumour.total && tumour.tumour.madeBy.equals("prior"));
    assertTrue(tumour.low < 50 && 50 < tumour.high && tumour.isComplete);
    assertEquals(region.width * region.height / 16e6, tumour.areaMm2, 1e-4);
    RegionNumbers one = scores.annotation(TUMOUR.replace("-", ""));
    assertEquals("rows " + tumour, one.name + " " + one);
    assertEquals(60, scores.thresholds.size);
    assertEquals(0.25, scores.micronsPerPixel);
    assertTrue(scores.model.contains("@") && scores.json().contains("hot_spots"));
    Map<String, Double> measured = one.measurements();
    assertEquals(150, measured.get("Num Positive"));
    assertTrue(measured.get("H-score") >= 50 && measured.get("Allred score") >= 5, measured.toString());
    assertEquals(one.tumour.total, measured.get("Tumor: Num Detections"));
    assertEquals(one.tumour.positive, measured.get("Tumor: Num Positive"));
    assertEquals(one.tumour.percent, measured.get("Tumor: Positive %"));
    assertEquals(one.toString(), slide.scores().annotation(one.id).toString());
  }

  @Test
  void membranesAreMeasuredWhereTheMarkerIsOneOfThem() throws IOException, JsonParserException {
    assertNull(scores.tumour.membrane);
    assertFalse(scores.tumour.measurements().containsKey("Membrane: TPS %"));
    Slide stained = client.createSlide(Files.size(file), true);
    String id = TUMOUR.replace("-", "");
    try {
      stained.upload(file, Progress.NONE);
      stained.ingest(SlideChoice.ONLY, Progress.NONE);
      stained.changeSettings(new ScoreOptions().micronsPerPixel(0.25).marker("her2"));
      stained.addAnnotations(
          Collections.singleton(SlideAnnotation.ofQuPath(UUID.fromString(TUMOUR), "rows", "Tumor", region)));
      SlideScores measured = stained.score(SlideScope.annotations(Collections.singleton(id)), Progress.NONE);
      MembraneScore membrane = measured.tumour.membrane;
      assertEquals(measured.tumour.tumour.total, membrane.total + membrane.unsure);
      assertEquals(
          membrane.stained,
          membrane.incompleteWeak + membrane.incompleteModerate + membrane.incompleteStrong
              + membrane.completeWeak + membrane.completeModerate + membrane.completeStrong);
      assertTrue(measured.tumour.toString().endsWith("nuclei; " + membrane), measured.tumour.toString());
      // The server's own file for QuPath has the same names and values.
      JsonObject first = JsonParser.object().from(stained.regions()).getArray("features").getObject(0);
      JsonObject theirs = first.getObject("properties").getObject("measurements");
      Map<String, Double> ours = measured.annotation(id).membrane.measurements();
      List<String> names =
          theirs.keySet().stream().filter(name -> name.startsWith("Membrane: ")).collect(Collectors.toList());
      assertEquals(names, new ArrayList<>(ours.keySet()));
      for (String name : names) assertEquals(theirs.getDouble(name), ours.get(name), 1e-4, name);
    } finally {
      stained.delete();
    }
  }

  @Test
  void nucleiOfTheRegionAreThoseThatCount() throws IOException {
    List<Nucleus> nuclei = slide.nuclei(region, Progress.NONE);
    assertEquals(300, nuclei.size());
    assertEquals(150, nuclei.stream().filter(nucleus -> nucleus.positive).count());
    assertEquals(300, nuclei.stream().map(nucleus -> nucleus.id).distinct().count());
    assertEquals(scores.tumour.tumour.total, nuclei.stream().filter(nucleus -> nucleus.kind.equals("tumour")).count());
    assertTrue(nuclei.stream().allMatch(nucleus -> !nucleus.kind.isEmpty() && nucleus.kindLikelihood > 0));
    for (Nucleus nucleus : nuclei) {
      assertEquals(Fields.CELL / 2.0, nucleus.x % Fields.CELL, 2);
      assertTrue(region.contains(nucleus.x, nucleus.y) && nucleus.shape().contains(nucleus.x, nucleus.y));
      assertEquals(nucleus.areaPx / 16.0, nucleus.areaUm2, 0.1);
      assertEquals(nucleus.areaPx, areaOf(nucleus), 1e-6);
      assertTrue(nucleus.odMean > 0.05 && nucleus.odMean < 2.4);
    }
  }

  private static double areaOf(Nucleus nucleus) {
    double twice = 0;
    for (double[][] ring : nucleus.rings())
      for (int i = 0, j = ring.length - 1; i < ring.length; j = i++)
        twice += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
    return twice / 2;
  }

  @Test
  void detectionsAreWhatQuPathReads() throws Exception {
    List<String> portions = new ArrayList<>();
    int count = slide.detections(region, "positive", Progress.NONE, portions::add);
    assertEquals("300 1", count + " " + portions.size());
    QuPathSchema.check(portions.get(0));
    int positive = 0;
    for (Object feature : JsonParser.object().from(portions.get(0)).getArray("features")) {
      JsonObject properties = ((JsonObject) feature).getObject("properties");
      assertEquals("detection", properties.getString("objectType"));
      if (properties.getObject("classification").getString("name").equals("Positive")) positive++;
    }
    assertEquals(150, positive);
    List<String> graded = new ArrayList<>();
    assertTrue(slide.detections(null, "grades", Progress.NONE, graded::add) >= 300);
    assertTrue(graded.get(0).contains("+\"") && !graded.get(0).contains("\"Positive\""));
  }

  @Test
  void filesAreSavedAndNeverOverwritten(@TempDir Path folder) throws IOException {
    for (String name : Arrays.asList("scores.json", "regions.geojson", "nuclei.csv.gz", "report.pdf")) {
      slide.export(name, NO_OPTIONS, folder.resolve(name), Progress.NONE);
      assertTrue(Files.size(folder.resolve(name)) > 100, name);
    }
    assertThrows(
        FileAlreadyExistsException.class,
        () -> slide.export("scores.json", NO_OPTIONS, folder.resolve("scores.json"), Progress.NONE));
    RestainException none =
        assertThrows(
            RestainException.class, () -> slide.export("none.txt", NO_OPTIONS, folder.resolve("none.txt"), Progress.NONE));
    assertEquals(404, none.status());
    List<String> left;
    try (java.util.stream.Stream<Path> files = Files.list(folder)) {
      left = files.map(path -> path.getFileName().toString()).sorted().collect(Collectors.toList());
    }
    assertEquals(Arrays.asList("nuclei.csv.gz", "regions.geojson", "report.pdf", "scores.json"), left);
  }

  @Test
  void annotationsKeepWhatThisClientDoesNotKnow() throws IOException {
    SlideAnnotations before = slide.annotations();
    Area ring = new Area(new Rectangle(100, 800, 200, 100));
    ring.subtract(new Area(new Rectangle(150, 820, 50, 50)));
    SlideAnnotation added = SlideAnnotation.of("ignore", "ring", ring);
    SlideAnnotations saved = slide.addAnnotations(Collections.singleton(added));
    assertEquals(before.revision + 1, saved.revision);
    SlideAnnotations read = slide.annotations();
    assertEquals(before.all.size() + 1, read.all.size());
    SlideAnnotation last = read.all.get(read.all.size() - 1);
    assertEquals("ring (ignore)", last.toString());
    assertTrue(last.shape.contains(110, 810) && !last.shape.contains(160, 830));
    for (int i = 0; i < before.all.size(); i++) assertEquals(before.all.get(i).toJson(), read.all.get(i).toJson());
    // Of two who change the same revision the second is refused.
    RestainException conflict =
        assertThrows(RestainException.class, () -> slide.saveAnnotations(before, before.all));
    assertEquals("revision_conflict", conflict.code());
    slide.saveAnnotations(read, before.all);
  }

  @Test
  void anUnfitOptionOrFileIsRefusedInASentence(@TempDir Path folder) throws IOException {
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> slide.changeSettings(new ScoreOptions().algorithm("deepliif")))
            .getMessage()
            .contains("algorithm"));
    assertThrows(RestainException.class, () -> slide.changeSettings(new ScoreOptions().marker("cd4")));
    assertThrows(RestainException.class, () -> slide.changeSettings(new ScoreOptions().sizeThresh(-1)));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> client.createSlide(10, false)).getMessage().contains("terms"));
    Slide begun = client.createSlide(10, true);
    assertEquals("wrong_file", assertThrows(RestainException.class, () -> begun.upload(file, Progress.NONE)).code());
    begun.delete();
    Path text = Files.write(folder.resolve("text"), new byte[] {1, 2, 3});
    RestainException unreadable =
        assertThrows(RestainException.class, () -> client.sendSlide(text, true, SlideChoice.ONLY, Progress.NONE));
    assertEquals("unreadable_image", unreadable.code());
  }

  @Test
  void withoutAPixelSizeTheServerAsksForIt(@TempDir Path folder) throws IOException {
    Path small = Files.write(folder.resolve("small.tif"), Fields.tiledTiff(Fields.field()));
    Slide sent = client.sendSlide(small, true, SlideChoice.ONLY, Progress.NONE);
    RestainException asked = assertThrows(RestainException.class, () -> sent.score(SlideScope.slide(), Progress.NONE));
    assertEquals(409, asked.status());
    assertTrue(asked.detail().contains("microns_per_pixel"), asked.detail());
    sent.delete();
  }

  @Test
  void ofAFileWithSeveralImagesThatOfTheSizeIsTaken(@TempDir Path folder) throws IOException {
    Path pages =
        Files.write(folder.resolve("pages.tif"), Fields.omeTiff(Fields.field(20, 20, 0), Fields.field(24, 18, 0)));
    Slide sent = client.createSlide(Files.size(pages), true);
    sent.upload(pages, Progress.NONE);
    RestainException asked =
        assertThrows(RestainException.class, () -> sent.ingest(SlideChoice.ONLY, Progress.NONE));
    assertEquals("choice_needed", asked.code());
    assertTrue(asked.detail().contains("0 (800 x 800") && asked.detail().contains("1 (960 x 720"), asked.detail());
    RestainException other =
        assertThrows(RestainException.class, () -> sent.ingest(SlideChoice.ofSize(7, 7), Progress.NONE));
    assertTrue(other.detail().contains("7 x 7"), other.detail());
    assertEquals(960, sent.ingest(SlideChoice.ofSize(960, 720), Progress.NONE).width);
    sent.delete();
  }

  /** Scoring all of the sample would take a minute, so that it has not ended when it is cancelled. */
  @Test
  void aShippedSampleBeginsByItselfAndCancellingStopsItsScoring() throws Exception {
    Slide sample = client.createSampleSlide("slide-ki67");
    assertEquals(8000, sample.ingest(SlideChoice.ONLY, Progress.NONE).width);
    boolean[] isAtWork = {false};
    Progress cancel =
        new Progress() {
          @Override
          public void report(double share, String stage) {
            isAtWork[0] = true;
          }

          @Override
          public boolean isCancelled() {
            return isAtWork[0];
          }
        };
    RestainException stopped = assertThrows(RestainException.class, () -> sample.score(SlideScope.slide(), cancel));
    assertEquals("cancelled", stopped.code());
    JsonObject latest = JsonParser.object().from(sample.status().json()).getObject("scoring");
    assertEquals("cancelled", latest.getString("state"));
    sample.delete();
    assertEquals(404, assertThrows(RestainException.class, () -> client.createSampleSlide("slide-none")).status());
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, -, other, ''",
        "-, Tumor, tumour, ''",
        "a, Tumor: Positive, tumour, a",
        "a, Ignore*, ignore, a",
        "-, Region*, other, ''",
        "-, Islet, other, Islet",
        "b, Islet, other, Islet: b"
      })
  void annotationsOfQuPathHaveTheClassThatIsNearest(String name, String className, String expected, String shown) {
    Shape square = new Rectangle(0, 0, 10, 10);
    SlideAnnotation made = SlideAnnotation.ofQuPath(UUID.fromString(TUMOUR), name, className, square);
    assertEquals(expected + " " + shown + " 5f6a1e4e6d0b4b5e9a550c7b3c6f8a01", made.className + " " + made.name + " " + made.id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tumor", "", "Tissue"})
  void anotherClassIsRefused(String className) {
    Shape square = new Rectangle(0, 0, 10, 10);
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> SlideAnnotation.of(className, "", square))
            .getMessage()
            .contains("tumour, stroma"));
  }
}
