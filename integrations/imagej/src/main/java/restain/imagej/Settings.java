package restain.imagej;

import ij.Macro;
import ij.Prefs;
import ij.gui.GenericDialog;
import ij.measure.Calibration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import restain.client.RestainClient;
import restain.client.ScoreOptions;

/** What the commands are told: kept in ImageJ's preferences, asked in dialogs, or stated by macros. */
final class Settings {
  /** The pixel size that the image itself states. */
  static final String OWN = "own";

  static final String[] RESOLUTIONS = {OWN, "40x", "20x", "10x"};

  /** What a slide can be stained for; empty if that is not said. */
  static final String[] MARKERS = {"", "ki67", "er", "pr", "p53", "cd3", "cd8", "cd138", "her2", "pdl1", "he", "other"};

  static final List<String> CONNECTION_KEYS = MacroText.keys("server", "header", "resolution", "model", "marker", "terms");
  private static final String PREFERENCES = "restain.";

  /** Address of the server. */
  String server = RestainClient.DEFAULT_SERVER;

  /** Sent with every request, like {@code Authorization: Bearer abc}; empty for none. */
  String header = "";

  /** One of {@link #RESOLUTIONS}. */
  String resolution = OWN;

  /** Name of a model; empty for the server's own choice. */
  String model = "";

  /** One of {@link #MARKERS}. */
  String marker = "";

  /** Whether the server's terms of use are accepted, which what is sent as a slide needs. */
  boolean terms;

  /** Whether nuclei are added to the ROI Manager. */
  boolean manager;

  /** Whether nuclei are listed in a table. */
  boolean nuclei;

  /** Whether results are saved. */
  boolean save;

  /** Where results are saved; empty for beside the image. */
  String folder = "";

  /** The settings as last chosen. */
  static Settings stored() {
    Settings stored = new Settings();
    stored.server = Prefs.get(PREFERENCES + "server", RestainClient.DEFAULT_SERVER);
    stored.header = Prefs.get(PREFERENCES + "header", "");
    stored.resolution = Prefs.get(PREFERENCES + "resolution", OWN);
    stored.model = Prefs.get(PREFERENCES + "model", "");
    stored.marker = Prefs.get(PREFERENCES + "marker", "");
    stored.terms = Prefs.get(PREFERENCES + "terms", false);
    stored.manager = Prefs.get(PREFERENCES + "manager", false);
    stored.nuclei = Prefs.get(PREFERENCES + "nuclei", false);
    stored.save = Prefs.get(PREFERENCES + "save", false);
    stored.folder = Prefs.get(PREFERENCES + "folder", "");
    return stored;
  }

  /** Keeps these settings for the next time. */
  void store() {
    Prefs.set(PREFERENCES + "server", server);
    Prefs.set(PREFERENCES + "header", header);
    Prefs.set(PREFERENCES + "resolution", resolution);
    Prefs.set(PREFERENCES + "model", model);
    Prefs.set(PREFERENCES + "marker", marker);
    Prefs.set(PREFERENCES + "terms", terms);
    Prefs.set(PREFERENCES + "manager", manager);
    Prefs.set(PREFERENCES + "nuclei", nuclei);
    Prefs.set(PREFERENCES + "save", save);
    Prefs.set(PREFERENCES + "folder", folder);
    Prefs.savePreferences();
  }

  /** The options that a macro gave to the running command; null if it gave none. */
  static Map<String, String> macroOptions(List<String> known) {
    String text = Macro.getOptions();
    return text == null ? null : MacroText.read(text, known);
  }

  /**
   * The settings for a scoring command: stated by a macro, asked in a dialog, or without a display as they are stored.
   * What a macro leaves out is not ticked, and the rest as stored.
   *
   * @param question the dialog's title
   * @param image states the pixel size that the dialog shows; null if there are many
   * @return null if the user cancelled
   */
  static Settings forScoring(String question, Calibration image) {
    Settings settings = stored();
    List<String> keys = new java.util.ArrayList<>(CONNECTION_KEYS);
    keys.addAll(MacroText.keys("manager", "nuclei", "save", "folder"));
    Map<String, String> stated = macroOptions(keys);
    if (stated != null) settings.take(stated);
    else if (!Command.isHeadless() && !settings.ask(question, image)) return null;
    return settings;
  }

  /** Takes the values that a macro stated. */
  void take(Map<String, String> stated) {
    server = stated.getOrDefault("server", server);
    header = stated.getOrDefault("header", header);
    resolution = stated.getOrDefault("resolution", resolution);
    if (!Arrays.asList(RESOLUTIONS).contains(resolution))
      throw new Refusal(
          "The resolution must be one of " + String.join(", ", RESOLUTIONS) + "; got \"" + resolution + "\".");
    model = stated.getOrDefault("model", model);
    marker = stated.getOrDefault("marker", marker);
    if (!Arrays.asList(MARKERS).contains(marker))
      throw new Refusal("The marker must be one of" + String.join(" ", MARKERS) + "; got \"" + marker + "\".");
    terms |= "true".equals(stated.get("terms"));
    manager = "true".equals(stated.get("manager"));
    nuclei = "true".equals(stated.get("nuclei"));
    save = "true".equals(stated.get("save"));
    folder = stated.getOrDefault("folder", "");
  }

  /** What made a result, as macros state it. Where it was saved is not among it. */
  String toMacroText() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("resolution", resolution);
    options.put("model", model);
    options.put("marker", marker);
    options.put("manager", String.valueOf(manager));
    options.put("nuclei", String.valueOf(nuclei));
    options.put("save", String.valueOf(save));
    return MacroText.write(options);
  }

  private boolean ask(String question, Calibration image) {
    GenericDialog dialog = new GenericDialog(question);
    addPixelSize(dialog, image);
    dialog.addCheckbox("Manager: add the nuclei to the ROI Manager", manager);
    dialog.addCheckbox("Nuclei: list each in a table", nuclei);
    dialog.addCheckbox("Save pictures, tables and settings", save);
    dialog.addDirectoryField("Folder (empty: beside the image)", folder);
    dialog.showDialog();
    if (dialog.wasCanceled()) return false;
    takePixelSize(dialog);
    manager = dialog.getNextBoolean();
    nuclei = dialog.getNextBoolean();
    save = dialog.getNextBoolean();
    folder = dialog.getNextString().trim();
    store();
    return true;
  }

  /** Adds the choice of resolution and model. The first word of a label is the macro's key. */
  void addPixelSize(GenericDialog dialog, Calibration image) {
    dialog.addChoice("Resolution", RESOLUTIONS, resolution);
    if (image != null) {
      double own = PixelSize.micronsOf(image);
      dialog.addMessage(
          own > 0
              ? "own: the image states " + PixelSize.inWords(own) + "."
              : "own: the image states no pixel size. Choose 40x, 20x or 10x.");
    }
    dialog.addStringField("Model (empty: the server's own)", model, 20);
    dialog.addChoice("Marker (what the slide is stained for)", MARKERS, marker);
  }

  void takePixelSize(GenericDialog dialog) {
    resolution = dialog.getNextChoice();
    model = dialog.getNextString().trim();
    marker = dialog.getNextChoice();
  }

  /** The options of a request for an image with this calibration. */
  ScoreOptions options(Calibration image) {
    ScoreOptions options = new ScoreOptions().micronsPerPixel(PixelSize.of(resolution, image));
    if (!model.isEmpty()) options.model(model);
    if (!marker.isEmpty()) options.marker(marker);
    return options;
  }
}
