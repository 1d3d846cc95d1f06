package restain.imagej;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ij.IJ;
import ij.ImageJ;
import ij.ImagePlus;
import ij.Macro;
import ij.Menus;
import ij.WindowManager;
import ij.gui.GenericDialog;
import ij.gui.Roi;
import ij.measure.ResultsTable;
import ij.plugin.frame.Recorder;
import ij.plugin.frame.RoiManager;
import java.awt.AWTException;
import java.awt.Checkbox;
import java.awt.Choice;
import java.awt.Component;
import java.awt.Container;
import java.awt.Dialog;
import java.awt.Dimension;
import java.awt.EventQueue;
import java.awt.Label;
import java.awt.Rectangle;
import java.awt.Robot;
import java.awt.TextField;
import java.awt.Toolkit;
import java.awt.Window;
import java.awt.event.ActionEvent;
import java.awt.event.TextEvent;
import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** ImageJ on a display, with the packaged jar in its folder of plugins: menus, dialogs, macros. */
@Tag("display")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DialogTest {
  private static final int WAIT_MILLISECONDS = 30_000;
  private static final File SCREENSHOTS = new File(ImageJHome.plugin().getParentFile().getParentFile().getParentFile(), "screenshots");
  private static ImageJ imageJ;

  @BeforeAll
  static void start() {
    imageJ = new ImageJ();
    assertTrue(SCREENSHOTS.isDirectory() || SCREENSHOTS.mkdirs());
  }

  @AfterAll
  static void quit() {
    imageJ.dispose();
  }

  @BeforeEach
  void reset() {
    IJ.run("Close All");
    ImageJHome.reset();
  }

  /** Waits until there is a value other than null. */
  private static <T> T await(String what, Callable<T> look) throws Exception {
    for (int waited = 0; waited < WAIT_MILLISECONDS; waited += 50) {
      T found = look.call();
      if (found != null) return found;
      Thread.sleep(50);
    }
    throw new AssertionError("there is no " + what);
  }

  private static Dialog awaitDialog(String title) throws Exception {
    return await(
        "dialog " + title,
        () ->
            Arrays.stream(Window.getWindows())
                .filter(window -> window instanceof Dialog && window.isShowing() && ((Dialog) window).getTitle().equals(title))
                .map(window -> (Dialog) window)
                .findFirst()
                .orElse(null));
  }

  private static void screenshot(String name) throws IOException, AWTException, InterruptedException {
    Thread.sleep(500);
    Dimension screen = Toolkit.getDefaultToolkit().getScreenSize();
    ImageIO.write(new Robot().createScreenCapture(new Rectangle(screen)), "png", new File(SCREENSHOTS, name + ".png"));
  }

  private static Stream<Component> parts(Container container) {
    return Arrays.stream(container.getComponents())
        .flatMap(part -> part instanceof Container ? Stream.concat(Stream.of(part), parts((Container) part)) : Stream.of(part));
  }

  private static String text(Container dialog) {
    return parts(dialog)
        .map(part -> part instanceof Label ? ((Label) part).getText() : "")
        .collect(Collectors.joining(" "));
  }

  private static void press(GenericDialog dialog, int button) {
    ActionEvent press = new ActionEvent(dialog.getButtons()[button], ActionEvent.ACTION_PERFORMED, "press");
    EventQueue.invokeLater(() -> dialog.actionPerformed(press));
  }

  private static Thread inBackground(Runnable work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (RuntimeException aborted) {
                // ImageJ ends a command that has failed so.
                assertEquals(Macro.MACRO_CANCELED, aborted.getMessage());
              }
            },
            "Run$_test");
    thread.start();
    return thread;
  }

  private static ImagePlus shown(Supplier<ImagePlus> image) {
    ImagePlus shown = image.get();
    shown.show();
    return shown;
  }

  @Test
  void theMenuHasAllCommands() {
    for (String command :
        Arrays.asList(
            "Score image",
            "Score selection",
            "Score all regions of the ROI Manager",
            "Score a folder...",
            "Adjust...",
            "Open result...",
            "Restain options..."))
      assertTrue(String.valueOf(Menus.getCommands().get(command)).startsWith("restain.imagej."), command);
    assertNotNull(Menus.getImageJMenu("Plugins>Restain"));
  }

  @Test
  void aDialogIsRecordedAndTheRecordedMacroGivesTheSame() throws Exception {
    shown(Fields::field);
    Recorder recorder = new Recorder();
    // As the menu does: only commands of the menu are recorded.
    IJ.doCommand("Score image");
    GenericDialog dialog = (GenericDialog) awaitDialog("Score image");
    ((Choice) dialog.getChoices().get(0)).select("40x");
    screenshot("score-image");
    press(dialog, 0);
    ImagePlus result = await("result", () -> WindowManager.getImage("field.png - Restain"));
    assertEquals(8, result.getStackSize());
    assertEquals(30, result.getOverlay().size());
    screenshot("result");
    String recorded =
        await(
            "recorded command",
            () -> Arrays.stream(recorder.getText().split("\n")).filter(line -> line.contains("Score image")).findFirst().orElse(null));
    recorder.close();
    assertTrue(recorded.startsWith("run(\"Score image\", \"resolution=40x"), recorded);
    IJ.run("Close All");
    shown(Fields::field);
    IJ.runMacro(recorded);
    ResultsTable table = ResultsTable.getResultsTable();
    assertEquals(Arrays.asList(10.0, 10.0), Arrays.asList(table.getValue("Num Positive", 0), table.getValue("Num Positive", 1)));
  }

  @Test
  void adjustingShowsAtOnceAndCancelRestores() throws Exception {
    shown(Fields::field);
    IJ.run("Score image", "resolution=40x");
    ImagePlus result = WindowManager.getCurrentImage();
    Thread command = inBackground(() -> IJ.run("Adjust..."));
    GenericDialog dialog = (GenericDialog) awaitDialog("Adjust");
    TextField minimum = (TextField) dialog.getNumericFields().get(1);
    minimum.setText("10000");
    dialog.textValueChanged(new TextEvent(minimum, TextEvent.TEXT_VALUE_CHANGED));
    await("preview", () -> result.getOverlay().size() == 0 ? true : null);
    await("number", () -> text(dialog).contains("0 of 0 nuclei") ? true : null);
    screenshot("adjust");
    press(dialog, 1);
    command.join();
    assertEquals(30, result.getOverlay().size());
    assertEquals(1, ResultsTable.getResultsTable().size());
  }

  @Test
  void adjustingIsKeptWithOk() throws Exception {
    shown(Fields::field);
    IJ.run("Score image", "resolution=40x");
    ImagePlus result = WindowManager.getCurrentImage();
    Thread command = inBackground(() -> IJ.run("Adjust..."));
    GenericDialog dialog = (GenericDialog) awaitDialog("Adjust");
    ((TextField) dialog.getNumericFields().get(1)).setText("10000");
    press(dialog, 0);
    command.join();
    assertEquals(0, result.getOverlay().size());
    assertEquals(2, ResultsTable.getResultsTable().size());
    assertEquals(0, ImageJHome.last("Num Detections"));
  }

  @Test
  void nucleiGoIntoTheRoiManagerAndATable() {
    ImagePlus field = shown(Fields::field);
    field.setRoi(new Roi(0, 40, 240, 40));
    IJ.run("Score selection", "resolution=40x marker=her2 manager nuclei");
    Roi[] nuclei = RoiManager.getInstance().getRoisAsArray();
    assertEquals(6, nuclei.length);
    for (Roi nucleus : nuclei) assertEquals(60, nucleus.getBounds().getCenterY(), 2);
    assertEquals(4, Arrays.stream(nuclei).filter(nucleus -> "Positive".equals(nucleus.getProperty("class"))).count());
    ResultsTable table = ResultsTable.getResultsTable(Tables.NUCLEI);
    assertEquals(6, table.size());
    int positive = 0;
    for (int row = 0; row < table.size(); row++) {
      assertEquals("field.png selection", table.getLabel(row) + " " + table.getStringValue("Region", row));
      assertEquals(row + 1, table.getValue("Nucleus", row));
      assertEquals(60, table.getValue("Y px", row), 2);
      assertEquals(20, table.getValue("X px", row) % Fields.CELL, 2);
      // At 40x sixteen pixels are a square micrometre.
      assertEquals(table.getValue("Area px", row) / 16, table.getValue("Nucleus: Area µm^2", row), 0.1);
      assertTrue(table.getValue("Marker max", row) >= table.getValue("Marker mean", row));
      assertTrue(table.getValue("OD mean", row) > 0.05);
      assertTrue(nuclei[row].getName().contains(" " + table.getStringValue("Kind", row) + " "), nuclei[row].getName());
      double likelihood = table.getValue("Kind likelihood", row);
      assertTrue(likelihood > 0 && likelihood <= 1);
      double completeness = table.getValue("Membrane: Completeness", row);
      assertTrue(completeness >= 0 && completeness <= 1 && table.getValue("Cytoplasm: DAB OD median", row) > -1);
      if (table.getStringValue("Class", row).equals("Positive")) positive++;
      else assertEquals("Negative", table.getStringValue("Class", row));
    }
    assertEquals(4, positive);
    RoiManager.getInstance().reset();
  }

  @Test
  void regionsOfTheRoiManagerAreScored() {
    ImagePlus field = shown(Fields::field);
    RoiManager manager = RoiManager.getRoiManager();
    manager.reset();
    for (int row = 0; row < 2; row++) {
      Roi region = new Roi(0, row * 40, 240, 40);
      region.setName("row " + row);
      manager.addRoi(region);
    }
    WindowManager.setCurrentWindow(field.getWindow());
    IJ.run("Score all regions of the ROI Manager", "resolution=40x");
    ResultsTable table = ResultsTable.getResultsTable();
    assertEquals(Arrays.asList("row 0", "row 1"), Arrays.asList(table.getStringValue("Region", 0), table.getStringValue("Region", 1)));
    assertEquals(Arrays.asList(6.0, 4.0), Arrays.asList(table.getValue("Num Positive", 0), table.getValue("Num Positive", 1)));
    assertEquals(2 + 12, WindowManager.getCurrentImage().getOverlay().size());
    manager.reset();
  }

  @Test
  void aFailureIsASentenceInADialog() throws Exception {
    shown(Fields::field);
    Thread command = inBackground(() -> IJ.run("Score image"));
    GenericDialog dialog = (GenericDialog) awaitDialog("Score image");
    ((Choice) dialog.getChoices().get(0)).select("own");
    press(dialog, 0);
    Dialog message = awaitDialog("Restain");
    screenshot("failure");
    assertTrue(IJ.getErrorMessage().contains("states no pixel size"), IJ.getErrorMessage());
    message.dispose();
    command.join();
    assertEquals(0, ResultsTable.getResultsTable().size());
  }

  @Test
  void optionsAreRemembered() throws Exception {
    Thread command = inBackground(() -> IJ.run("Restain options..."));
    GenericDialog dialog = (GenericDialog) awaitDialog("Restain options");
    assertEquals(ImageJHome.SERVER, ((TextField) dialog.getStringFields().get(0)).getText());
    ((Choice) dialog.getChoices().get(0)).select("20x");
    ((Choice) dialog.getChoices().get(1)).select("pr");
    ((Checkbox) dialog.getCheckboxes().get(0)).setState(true);
    screenshot("options");
    press(dialog, 0);
    command.join();
    Settings stored = Settings.stored();
    assertEquals("20x pr true", stored.resolution + " " + stored.marker + " " + stored.terms);
  }
}
