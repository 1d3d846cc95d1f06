package restain.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Rectangle;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slides that a program has open, scored by the server's copy. */
class SlideScoringTest {
  private static final Rectangle image = new Rectangle(0, 0, 800, 600);

  @TempDir static Path folder;

  /** 20 x 15 nuclei, the upper five rows brown. */
  private static Path file;

  @BeforeAll
  static void draw() throws IOException {
    file = Files.write(folder.resolve("a slide.tif"), Fields.tiledTiff(Fields.field(20, 15, 100)));
  }

  private static ScriptOptions options(String... arguments) {
    Map<String, String> defaults = new LinkedHashMap<>();
    defaults.put("server", Servers.NORMAL);
    for (String name : Arrays.asList("header", "slide", "size_thresh", "marker")) defaults.put(name, "");
    defaults.put("send", "auto");
    defaults.put("accept_terms", "no");
    defaults.put("keep", "no");
    return new ScriptOptions(defaults, arguments);
  }

  private static SlideScoring open(String... arguments) throws IOException {
    ScriptOptions options = options(arguments);
    return SlideScoring.open(options, options.client(), files(), image, 0.25, Progress.NONE);
  }

  private static Collection<URI> files() {
    return Collections.singleton(file.toUri());
  }

  @Test
  void regionsOfTheFileAreScoredAndNothingStaysOnTheServer() throws IOException {
    Slide slide;
    try (SlideScoring scoring = open("accept_terms=yes", "size_thresh=50")) {
      slide = scoring.slide;
      Rectangle rows = new Rectangle(0, 120, 800, 160);
      RegionNumbers first = scoring.score(UUID.randomUUID(), "rows", "Tumor", rows, Progress.NONE);
      assertEquals("80 40 rows true", first.total + " " + first.positive + " " + first.name + " " + first.isComplete);
      List<String> texts = new ArrayList<>();
      assertEquals(80, scoring.detections(rows, RegionScoring.Classes.KINDS.option(), Progress.NONE, texts::add));
      QuPathSchema.check(texts.get(0));
      assertEquals(first.tumour.total, texts.get(0).split("\"Tumor: ", -1).length - 1);
      assertTrue(texts.get(0).contains(": Positive\"") && !texts.get(0).contains("\"Positive\""), texts.get(0));
      assertEquals(0.25, scoring.scores().micronsPerPixel);
      assertEquals(50, scoring.scores().thresholds.size);
      RegionNumbers whole = scoring.score(UUID.randomUUID(), null, null, image, Progress.NONE);
      assertEquals("300 100", whole.total + " " + whole.positive);
    }
    assertEquals(404, assertThrows(RestainException.class, slide::status).status());
  }

  @Test
  void aSlideThatIsThereIsUsedAndStays() throws IOException {
    String address;
    try (SlideScoring kept = open("accept_terms=yes", "keep=yes")) {
      address = kept.slide.address();
    }
    try (SlideScoring there = open("slide=" + address)) {
      assertEquals(4, there.score(UUID.randomUUID(), "", null, new Rectangle(0, 0, 80, 80), Progress.NONE).total);
    }
    ScriptOptions options = options("slide=" + address);
    Rectangle other = new Rectangle(0, 0, 900, 600);
    String sentence =
        assertThrows(
                IllegalArgumentException.class,
                () -> SlideScoring.open(options, options.client(), files(), other, 0.25, Progress.NONE))
            .getMessage();
    assertTrue(sentence.contains("800 x 600") && sentence.contains("900 x 600"), sentence);
    Slide slide = SlideScoring.slideAt(options, address);
    // GeoJSON of the regions has the ids of QuPath again.
    UUID drawn = UUID.randomUUID();
    slide.addAnnotations(
        Collections.singleton(SlideAnnotation.ofQuPath(drawn, "mine", "Stroma", new Rectangle(10, 10, 100, 100))));
    String regions = slide.regions();
    QuPathSchema.check(regions);
    assertTrue(regions.contains("\"" + drawn + "\"") && regions.contains("\"Stroma\""), regions);
    slide.delete();
  }

  @Test
  void theMarkerIsASettingOfTheSlide() throws IOException {
    try (SlideScoring scoring = open("accept_terms=yes", "marker=cd3")) {
      RegionNumbers numbers = scoring.score(UUID.randomUUID(), "", null, new Rectangle(0, 0, 80, 80), Progress.NONE);
      assertEquals(4, numbers.total);
      assertNull(numbers.tumour);
      assertFalse(numbers.measurements().containsKey("Tumor: Positive %"));
    }
  }

  @Test
  void whatIsRefusedAfterSendingIsToldByItsName() {
    String sentence = assertThrows(RestainException.class, () -> open("accept_terms=yes", "marker=cd4")).getMessage();
    assertTrue(sentence.contains("marker"), sentence);
    assertTrue(assertThrows(IllegalArgumentException.class, () -> open()).getMessage().contains("terms of use"));
  }

  /** The normal server takes more pixels than the slow one, which takes five million. */
  @ParameterizedTest
  @CsvSource({
    "2500, 1000, send=auto, false",
    "2500, 2500, send=tiles, false",
    "2500, 2500, accept_terms=yes, true",
    "100, 100, slide=http://h/slides/a, true"
  })
  void theFileIsSentWhereTheRegionIsLargerThanTheServerTakes(int width, int height, String argument, boolean isSent)
      throws IOException {
    RestainClient slow = RestainClient.at(Servers.SLOW).build();
    assertEquals(isSent, SlideScoring.isAskedFor(options(argument), slow, new Rectangle(0, 0, width, height)));
  }

  @Test
  void withoutTheTermsALargeRegionIsRefusedWithNumbers() {
    RestainClient slow = RestainClient.at(Servers.SLOW).build();
    String sentence =
        assertThrows(
                IllegalArgumentException.class,
                () -> SlideScoring.isAskedFor(options(), slow, new Rectangle(0, 0, 2500, 2500)))
            .getMessage();
    for (String part : Arrays.asList("2,500 x 2,500 = 6,250,000", "5,000,000", "accept_terms=yes", "send=tiles"))
      assertTrue(sentence.contains(part), sentence);
    assertThrows(
        IllegalArgumentException.class,
        () -> SlideScoring.isAskedFor(options("send=all"), slow, new Rectangle(0, 0, 1, 1)));
  }

  @Test
  void onlyASingleFileOfThisComputerIsSent() throws IOException {
    assertEquals(file, SlideScoring.fileOf(files()));
    assertEquals(file, SlideScoring.fileOf(Collections.singleton(URI.create(file.toUri() + "?name=a%20b#2"))));
    List<Collection<URI>> others =
        Arrays.asList(
            Collections.<URI>emptyList(),
            Arrays.asList(file.toUri(), file.toUri()),
            Collections.singleton(URI.create("https://h/slide.svs")),
            Collections.singleton(folder.resolve("away.svs").toUri()));
    for (Collection<URI> other : others) {
      String sentence = assertThrows(IllegalArgumentException.class, () -> SlideScoring.fileOf(other)).getMessage();
      assertTrue(sentence.contains("no single file") && sentence.contains("send=tiles"), sentence);
    }
    assertFalse(Files.exists(folder.resolve("away.svs")));
  }
}
