package restain.imagej;

import ij.IJ;
import ij.ImagePlus;
import ij.gui.NonBlockingGenericDialog;
import java.awt.Label;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Changes the thresholds of the result in front, with a live preview. Cancel restores it. */
public final class AdjustResult extends Command {
  /** Where the sliders of sizes end, in pixels. Larger numbers can be typed. */
  private static final int LARGEST_MINIMUM = 1_000;

  private static final int LARGEST_MAXIMUM = 10_000;

  @Override
  void execute() throws IOException {
    ImagePlus image = currentImage();
    Scored before = ResultImage.of(image);
    if (before == null)
      throw new Refusal("The image in front is no result of Restain. Choose Score image or Open result... first.");
    List<String> keys = new ArrayList<>(MacroText.keys("server", "header", "save", "folder"));
    keys.addAll(Gates.KEYS);
    Map<String, String> stated = Settings.macroOptions(keys);
    if (stated == null && isHeadless()) throw new Refusal("State the thresholds: segmentation=120 minimum=60.");
    Settings settings = Settings.stored();
    if (stated != null) {
      // Here the key marker is that of a threshold.
      Map<String, String> others = new LinkedHashMap<>(stated);
      others.keySet().removeAll(Gates.KEYS);
      settings.take(others);
    }
    Server server = Server.connect(settings);
    Scored adjusted;
    if (stated != null) {
      Gates gates = Gates.of(before.result.thresholds).with(stated);
      adjusted = before.with(server.adjust(before, gates.addTo(before.adjustOptions()), Server.statusBar(image.getTitle())));
    } else adjusted = ask(image, before, server, settings);
    if (adjusted == null) return;
    ResultImage.update(image, adjusted);
    Tables.add(adjusted);
    if (settings.save) IJ.log("Restain: saved in " + adjusted.save(settings.folder));
    IJ.showStatus(TITLE + ": " + adjusted.result);
  }

  /** The adjusted result; null if the user cancelled, and then the image is as before. */
  private static Scored ask(ImagePlus image, Scored before, Server server, Settings settings) throws IOException {
    Gates gates = Gates.of(before.result.thresholds);
    LivePreview preview = new LivePreview(image, before, server);
    NonBlockingGenericDialog dialog = new NonBlockingGenericDialog("Adjust");
    dialog.addSlider("Segmentation threshold", 0, 254, gates.segmentation);
    dialog.addSlider("Minimum size (pixels)", 0, LARGEST_MINIMUM, gates.minimum);
    dialog.addSlider("Maximum size (pixels; 0: none)", 0, LARGEST_MAXIMUM, gates.maximum);
    dialog.addSlider("Marker threshold (-1: none)", Gates.NO_MARKER, 255, gates.marker);
    dialog.addMessage(before.result + "            ");
    preview.showNumbersIn((Label) dialog.getMessage());
    dialog.addCheckbox("Save the adjusted result", settings.save);
    dialog.addDialogListener(preview);
    dialog.showDialog();
    if (dialog.wasCanceled()) {
      preview.stop();
      ResultImage.update(image, before);
      return null;
    }
    settings.save = dialog.getNextBoolean();
    return preview.finish();
  }
}
