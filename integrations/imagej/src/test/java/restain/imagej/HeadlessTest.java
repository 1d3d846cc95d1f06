package restain.imagej;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ij.CompositeImage;
import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.WindowManager;
import ij.gui.EllipseRoi;
import ij.gui.OvalRoi;
import ij.gui.Overlay;
import ij.gui.PointRoi;
import ij.gui.PolygonRoi;
import ij.gui.Roi;
import ij.gui.RotatedRectRoi;
import ij.gui.ShapeRoi;
import ij.io.FileSaver;
import ij.measure.ResultsTable;
import ij.process.ColorProcessor;
import ij.process.ImageProcessor;
import java.awt.Rectangle;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import restain.client.Jars;
import restain.client.ResultFolder;

/** The commands in ImageJ without a display, against the running server. */
class HeadlessTest {
  @BeforeEach
  void reset() {
    ImageJHome.reset();
  }

  private static void assertScored(int total, int positive) {
    assertEquals(
        Arrays.asList(total, positive, total - positive),
        Stream.of("Num Detections", "Num Positive", "Num Negative")
            .map(column -> (int) ImageJHome.last(column))
            .collect(Collectors.toList()));
  }

  static Stream<ImagePlus> imageKinds() {
    ColorProcessor pixels = Fields.pixels();
    ImagePlus indexed = new ImagePlus("indexed", pixels.duplicate());
    new ij.process.ImageConverter(indexed).convertRGBtoIndexedColor(64);
    ImageStack channels = new ImageStack();
    for (int channel = 1; channel <= 3; channel++) channels.addSlice(pixels.getChannel(channel, null));
    ImagePlus composite = new CompositeImage(new ImagePlus("composite", channels), CompositeImage.COMPOSITE);
    ImagePlus rgbStack = new ImagePlus("rgb stack", pixels.duplicate());
    new ij.process.ImageConverter(rgbStack).convertToRGBStack();
    ImageStack slices = new ImageStack();
    ColorProcessor white = new ColorProcessor(pixels.getWidth(), pixels.getHeight());
    white.invert();
    slices.addSlice(white);
    slices.addSlice(pixels);
    ImagePlus stack = new ImagePlus("stack", slices);
    stack.setSlice(2);
    return Stream.of(Fields.field(), indexed, composite, rgbStack, stack);
  }

  @ParameterizedTest
  @MethodSource("imageKinds")
  void everyKindOfColourImageIsScored(ImagePlus image) {
    ImageJHome.run(image, "Score image", "resolution=40x");
    assertScored(30, 10);
  }

  @Test
  void theResultIsAStackOfLabelledPicturesWithTheNucleiAsOverlay() {
    ImagePlus field = Fields.calibrated(0.25, "micron");
    ImagePlus result = ImageJHome.run(field, "Score image", "resolution=own");
    List<String> labels =
        IntStream.rangeClosed(1, result.getStackSize())
            .mapToObj(result.getStack()::getSliceLabel)
            .collect(Collectors.toList());
    assertEquals(
        Arrays.asList("Original", "SegOverlaid", "SegRefined", "Seg", "Marker", "Hema", "DAPI", "Lap2"), labels);
    assertEquals("field.png - Restain", result.getTitle());
    assertEquals("0.25 micron", result.getCalibration().pixelWidth + " " + result.getCalibration().getUnit());
    Roi[] nuclei = result.getOverlay().toArray();
    assertEquals(30, nuclei.length);
    assertEquals(10, Arrays.stream(nuclei).filter(nucleus -> nucleus.getName().startsWith("Positive")).count());
    for (Roi nucleus : nuclei) {
      assertEquals(nucleus.getName().split(" ")[0], nucleus.getProperty("class"));
      Rectangle bounds = nucleus.getBounds();
      assertEquals(20, bounds.getCenterX() % Fields.CELL, 2);
    }
    assertNull(field.getOverlay());
    assertEquals(33.3, ImageJHome.last("Positive %"), 1e-9);
    assertTrue(ImageJHome.last("95% low") < 33.3 && ImageJHome.last("95% high") > 33.3);
    assertTrue(ImageJHome.last("H-score") >= 33 && ImageJHome.last("H-score") <= 100);
    assertTrue(ImageJHome.last("Allred score") >= 4 && ImageJHome.last("Allred score") <= 6);
  }

  @Test
  void aSelectionOfImageJHasThePixelsOfTheNucleus() {
    ImagePlus result = ImageJHome.run(Fields.field(), "Score image", "resolution=40x");
    Scored scored = ResultImage.of(result);
    for (int i = 0; i < scored.result.nuclei().size(); i++) {
      Roi selection = result.getOverlay().get(i);
      ImageProcessor mask = selection.getMask();
      int pixels = 0;
      for (int j = 0; j < mask.getPixelCount(); j++) if (mask.get(j) != 0) pixels++;
      assertEquals(scored.result.nuclei().get(i).areaPx, pixels);
    }
  }

  @Test
  void rowsAreAppended() {
    ImageJHome.run(Fields.field(), "Score image", "resolution=40x");
    ImageJHome.run(Fields.field(), "Score image", "resolution=40x");
    assertEquals(2, ResultsTable.getResultsTable().size());
    assertEquals("field.png", ResultsTable.getResultsTable().getLabel(1));
  }

  /** A selection, and how many nuclei it holds: all, and positive ones. */
  static Stream<Object[]> selections() {
    ShapeRoi ring = new ShapeRoi(new Roi(0, 0, 120, 120)).not(new ShapeRoi(new Roi(40, 40, 40, 40)));
    float[] xs = {0.5f, 119.5f, 119.5f, 0.5f};
    float[] ys = {0.5f, 0.5f, 39.5f, 39.5f};
    return Stream.of(
        new Object[] {new Roi(0, 0, 240, 40), 6, 6},
        new Object[] {new Roi(-50, -50, 90, 90), 1, 1},
        new Object[] {new OvalRoi(40, 40, 80, 80), 4, 2},
        new Object[] {new PolygonRoi(new int[] {0, 120, 120, 0}, new int[] {0, 0, 80, 80}, 4, Roi.POLYGON), 6, 6},
        new Object[] {new PolygonRoi(xs, ys, 4, Roi.FREEROI), 3, 3},
        new Object[] {new EllipseRoi(10, 20, 110, 20, 0.3), 3, 3},
        new Object[] {new RotatedRectRoi(20, 0, 20, 200, 40), 5, 2},
        new Object[] {ring, 8, 5});
  }

  @ParameterizedTest
  @MethodSource("selections")
  void outsideOfASelectionNothingIsCounted(Roi selection, int total, int positive) {
    ImagePlus field = Fields.field();
    field.setRoi(selection);
    ImageJHome.run(field, "Score selection", "resolution=40x");
    assertScored(total, positive);
  }

  @Test
  void aSelectionIsSentWithContextAndKeepsItsPlace() {
    ImagePlus large = new ImagePlus("large", new ColorProcessor(800, 800));
    large.getProcessor().invert();
    large.getProcessor().insert(Fields.pixels(), 400, 400);
    large.setRoi(new Roi(400, 400, 240, 40));
    ImagePlus result = ImageJHome.run(large, "Score selection", "resolution=40x");
    assertScored(6, 6);
    assertEquals("496 x 296", result.getWidth() + " x " + result.getHeight());
    assertEquals(-272, result.getCalibration().xOrigin, 0);
    assertEquals("selection", ResultsTable.getResultsTable().getStringValue("Region", 0));
  }

  @Test
  void allRegionsAreScoredOneAfterAnother() {
    ImagePlus field = Fields.field();
    Overlay regions = new Overlay();
    for (int row = 0; row < 3; row++) {
      Roi region = new Roi(0, row * 40, 240, 40);
      region.setName("row " + row);
      regions.add(region);
    }
    field.setOverlay(regions);
    ImagePlus result = ImageJHome.run(field, "Score all regions of the ROI Manager", "resolution=40x");
    ResultsTable table = ResultsTable.getResultsTable();
    assertEquals(3, table.size());
    assertEquals("row 1", table.getStringValue("Region", 1));
    assertEquals(4, table.getValue("Num Positive", 1));
    assertEquals(3 + 18, result.getOverlay().size());
  }

  @Test
  void aFolderIsScoredAndABrokenImageSaysWhy(@TempDir Path folder) throws IOException {
    new FileSaver(Fields.field()).saveAsPng(folder.resolve("a.png").toString());
    new FileSaver(Fields.calibrated(0.25, "micron")).saveAsTiff(folder.resolve("b with space.tif").toString());
    Files.write(folder.resolve("broken.png"), "no picture".getBytes(StandardCharsets.UTF_8));
    Files.write(folder.resolve("notes.txt"), "no picture".getBytes(StandardCharsets.UTF_8));
    Restain.run("Score a folder...", "input=[" + folder + "] resolution=40x save");
    ResultsTable table = ResultsTable.getResultsTable();
    assertEquals(3, table.size());
    assertEquals(Arrays.asList(10.0, 10.0), Arrays.asList(table.getValue("Num Positive", 0), table.getValue("Num Positive", 1)));
    assertEquals("broken.png", table.getLabel(2));
    assertTrue(table.getStringValue("Error", 2).contains("could not open"), table.getStringValue("Error", 2));
    assertTrue(Files.exists(folder.resolve("b with space_Restain").resolve(ResultFolder.SUMMARY)));
  }

  @Test
  void aResultIsSavedNeverOverwrittenOpenedAndAdjusted(@TempDir Path folder) throws IOException {
    ImagePlus field = Fields.field();
    field.setRoi(new Roi(0, 0, 240, 80));
    for (int i = 0; i < 2; i++) ImageJHome.run(field, "Score selection", "resolution=40x save folder=[" + folder + "]");
    assertEquals(
        Arrays.asList("field_selection_Restain", "field_selection_Restain-2"),
        Arrays.stream(folder.toFile().listFiles()).map(File::getName).sorted().collect(Collectors.toList()));
    ImagePlus opened =
        ImageJHome.run(null, "Open result...", "folder=[" + folder.resolve("field_selection_Restain-2") + "]");
    assertEquals(12, opened.getOverlay().size());
    assertEquals("resolution=40x save", ResultImage.of(opened).options);
    ImagePlus adjusted = ImageJHome.run(opened, "Adjust...", "minimum=100000");
    assertEquals(0, adjusted.getOverlay().size());
    assertScored(0, 0);
    // The region still counts.
    ImageJHome.run(opened, "Adjust...", "minimum=20 marker=none maximum=none");
    assertScored(12, 10);
  }

  @Test
  void aMacroRunsWithoutADisplay() {
    WindowManager.setTempCurrentImage(Fields.field());
    String macro =
        "call(\"restain.imagej.Restain.run\", \"Score image\", \"resolution=40x\");"
            + "return \"\" + nResults + \" \" + getResult(\"Num Positive\", 0) + \" \" + nSlices;";
    assertEquals("1 10 8", IJ.runMacro(macro));
  }

  @Test
  void aFailureStopsAMacro() {
    WindowManager.setTempCurrentImage(Fields.field());
    String macro = "call(\"restain.imagej.Restain.run\", \"Score image\", \"resolution=63x\"); return \"went on\";";
    assertNull(IJ.runMacro(macro));
  }

  private static String failure(ImagePlus image, Command command) {
    WindowManager.setTempCurrentImage(image);
    return assertThrows(IllegalStateException.class, () -> command.run("")).getMessage();
  }

  @Test
  void imagesAndSelectionsThatCannotBeScoredAreRefusedInASentence() {
    ImagePlus grey = IJ.createImage("grey", "16-bit black", 64, 64, 1);
    assertTrue(failure(grey, new ScoreImage()).contains("16-bit greys"));
    ImagePlus fluorescence = IJ.createHyperStack("fluorescence", 64, 64, 2, 1, 1, 8);
    assertTrue(failure(fluorescence, new ScoreImage()).contains("2 channels"));
    ImagePlus field = Fields.field();
    assertTrue(failure(field, new ScoreSelection()).contains("has no selection"));
    field.setRoi(new PointRoi(3, 3));
    assertTrue(failure(field, new ScoreSelection()).contains("encloses nothing"));
    field.setRoi(new Roi(500, 500, 10, 10));
    assertTrue(failure(field, new ScoreSelection()).contains("outside of the image"));
    assertTrue(failure(field, new AdjustResult()).contains("no result of Restain"));
    assertTrue(failure(field, new ScoreRegions()).contains("ROI Manager"));
  }

  @Test
  void withoutAPixelSizeTheResolutionIsAskedFor() {
    Restain.run("Restain options...", "server=" + ImageJHome.SERVER + " resolution=own");
    assertTrue(failure(Fields.field(), new ScoreImage()).contains("states no pixel size"));
    ImagePlus oblong = Fields.calibrated(0.25, "µm");
    oblong.getCalibration().pixelHeight = 0.5;
    assertTrue(failure(oblong, new ScoreImage()).contains("not square"));
  }

  @Test
  void aServerThatIsAwayOrRefusesIsToldInASentence() {
    Restain.run("Restain options...", "server=http://127.0.0.1:9 resolution=40x");
    assertTrue(failure(Fields.field(), new ScoreImage()).contains("No Restain server answers at http://127.0.0.1:9"));
    Restain.run("Restain options...", "server=" + ImageJHome.SERVER + " resolution=40x model=no-such-model");
    assertTrue(failure(Fields.field(), new ScoreImage()).contains("no-such-model"));
    Restain.run("Restain options...", "server=nonsense");
    assertTrue(failure(Fields.field(), new ScoreImage()).contains("http://"));
  }

  @Test
  void anImageAboveTheLimitIsRefusedWithNumbersUnlessTheTermsAreAccepted() {
    Restain.run("Restain options...", "server=" + ImageJHome.SLOW_SERVER + " resolution=40x model=[]");
    String sentence = failure(large(), new ScoreImage());
    assertTrue(sentence.contains("2,400 x 2,240 = 5,376,000") && sentence.contains("5,000,000"), sentence);
    assertTrue(sentence.contains("tick Terms") && sentence.contains(ImageJHome.SLOW_SERVER), sentence);
  }

  /** Above five million pixels, glass but for 30 nuclei. The tiles of the file that is sent meet among them. */
  private static ImagePlus large() {
    ColorProcessor pixels = new ColorProcessor(2400, 2240);
    pixels.setColor(new java.awt.Color(236, 230, 234));
    pixels.fill();
    pixels.insert(Fields.pixels(), 400, 400);
    return new ImagePlus("large.tif", pixels);
  }

  private static final String AS_SLIDE = "server=" + ImageJHome.SLOW_SERVER + " terms resolution=40x";

  @Test
  void aLargeImageIsSentAsASlide(@TempDir Path folder) throws IOException {
    ImagePlus image = large();
    ImagePlus result = ImageJHome.run(image, "Score image", AS_SLIDE + " marker=er save folder=[" + folder + "]");
    assertScored(30, 10);
    assertTrue(ImageJHome.last("95% low") < 33.3 && ImageJHome.last("95% high") > 33.3);
    assertEquals(0.25, ImageJHome.last("Pixel size µm"), 0);
    for (String name : Arrays.asList("scores.json", "report.pdf", "nuclei.csv.gz", "nuclei.geojson.gz"))
      assertTrue(Files.size(folder.resolve("large_Restain").resolve(name)) > 100, name);
    assertNull(image.getOverlay());
    assertEquals("2400 x 2240 large.tif - Restain", result.getWidth() + " x " + result.getHeight() + " " + result.getTitle());
    assertEquals("0.25 micron", result.getCalibration().pixelWidth + " " + result.getCalibration().getUnit());
    Roi[] nuclei = result.getOverlay().toArray();
    assertEquals(30, nuclei.length);
    for (Roi nucleus : nuclei) {
      Rectangle bounds = nucleus.getBounds();
      assertEquals(20, bounds.getCenterX() % Fields.CELL, 2);
      assertEquals(20, bounds.getCenterY() % Fields.CELL, 2);
      int row = (bounds.y - 400) / Fields.CELL;
      boolean isBrown = row * Fields.COLUMNS + (bounds.x - 400) / Fields.CELL < 10;
      assertEquals(isBrown ? "Positive" : "Negative", nucleus.getProperty("class"));
      assertTrue(nucleus.getName().contains(" " + nucleus.getProperty("kind") + " "), nucleus.getName());
    }
    long tumour = Arrays.stream(nuclei).filter(nucleus -> nucleus.getProperty("kind").equals("tumour")).count();
    assertEquals(tumour, ImageJHome.last("Tumor: Num Detections"), 0);
  }

  @Test
  void ofALargeSelectionOnlyWhatIsInsideCounts() {
    ImagePlus image = large();
    // Two parts, so that the rectangle around them is above the limit as well.
    ShapeRoi rows = new ShapeRoi(new Roi(0, 0, 2400, 440)).or(new ShapeRoi(new Roi(0, 2200, 2400, 40)));
    image.setRoi(rows);
    ImagePlus result = ImageJHome.run(image, "Score selection", AS_SLIDE);
    assertScored(6, 6);
    assertEquals(6, result.getOverlay().size());
    Overlay regions = new Overlay();
    rows.setName("rows");
    regions.add(rows);
    image.setOverlay(regions);
    ImagePlus all = ImageJHome.run(image, "Score all regions of the ROI Manager", AS_SLIDE);
    assertEquals("rows", ResultsTable.getResultsTable().getStringValue("Region", 1));
    assertEquals(1 + 6, all.getOverlay().size());
  }

  @Test
  void nucleiHaveAKindAndTheTumourHasNumbersOfItsOwn() {
    ImagePlus result = ImageJHome.run(Fields.field(), "Score image", "resolution=40x marker=er");
    int tumour = 0;
    for (Roi nucleus : result.getOverlay()) {
      String kind = nucleus.getProperty("kind");
      assertTrue(Arrays.asList("tumour", "lymphocyte", "stroma", "other").contains(kind), kind);
      assertTrue(nucleus.getName().matches("(Positive|Negative) " + kind + " \\d+"), nucleus.getName());
      if (kind.equals("tumour")) tumour++;
    }
    assertEquals(tumour, ImageJHome.last("Tumor: Num Detections"), 0);
    assertEquals(tumour, ImageJHome.last("Tumor: Num Positive") + ImageJHome.last("Tumor: Num Negative"), 0);
    Scored scored = ResultImage.of(result);
    assertEquals("resolution=40x marker=er", scored.options);
    // An adjusted result is of the same marker.
    ImageJHome.run(result, "Adjust...", "minimum=20 marker=none");
    assertTrue(ImageJHome.last("Tumor: Num Detections") >= 0);
    ImageJHome.run(Fields.field(), "Score image", "resolution=40x marker=cd3");
    assertTrue(Double.isNaN(ImageJHome.last("Tumor: Positive %")));
    assertEquals(-1, ResultsTable.getResultsTable().getColumnIndex("TPS %"));
    ImageJHome.run(Fields.field(), "Score image", "resolution=40x marker=pdl1");
    double measured = ImageJHome.last("Membrane: Num Tumor");
    assertTrue(measured >= 0 && measured <= ImageJHome.last("Tumor: Num Detections"), measured + " cells");
    assertTrue(ImageJHome.last("TPS 95% low") <= ImageJHome.last("TPS %") && ImageJHome.last("TPS %") <= ImageJHome.last("TPS 95% high"));
    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class, () -> ImageJHome.run(Fields.field(), "Score image", "resolution=40x marker=cd4"));
    assertTrue(refused.getMessage().contains("ki67 er"), refused.getMessage());
  }

  @Test
  void theJarRunsOnJava8() throws IOException {
    try (JarFile jar = new JarFile(ImageJHome.plugin())) {
      int classes = 0;
      for (JarEntry entry : Collections.list(jar.entries())) {
        if (!entry.getName().endsWith(".class")) continue;
        try (DataInputStream start = new DataInputStream(jar.getInputStream(entry))) {
          assertEquals(0xCAFEBABE, start.readInt());
          start.readUnsignedShort();
          assertTrue(start.readUnsignedShort() <= 52, entry.getName());
        }
        classes++;
      }
      assertTrue(classes > 40, classes + " classes");
    }
  }

  @Test
  void escapeCancels() throws Exception {
    Restain.run("Restain options...", "server=" + ImageJHome.SLOW_SERVER + " resolution=40x model=[]");
    ImagePlus large = new ImagePlus("large", Fields.pixels().resize(2400, 2000));
    Thread escape =
        new Thread(() -> {
          IJ.wait(1500);
          IJ.setKeyDown(java.awt.event.KeyEvent.VK_ESCAPE);
        });
    escape.start();
    assertTrue(failure(large, new ScoreImage()).contains("cancelled"));
    escape.join();
    IJ.resetEscape();
  }

  @Test
  void twoPluginsAreToldWithTheirPlaces(@TempDir Path folder) throws IOException {
    Path second = folder.resolve("Restain_old.jar");
    Files.copy(ImageJHome.plugin().toPath(), second);
    assertNull(Jars.doubtAboutTwo(getClass().getClassLoader(), Server.STAMP));
    try (URLClassLoader plugins = new URLClassLoader(new URL[] {second.toUri().toURL()}, getClass().getClassLoader())) {
      String sentence = Jars.doubtAboutTwo(plugins, Server.STAMP);
      assertTrue(sentence.contains(second.toString()) && sentence.contains("Restain_.jar"), sentence);
    }
  }
}
