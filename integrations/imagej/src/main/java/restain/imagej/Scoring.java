package restain.imagej;

import ij.IJ;
import ij.ImagePlus;
import ij.gui.Roi;
import ij.plugin.frame.RoiManager;
import java.io.IOException;
import java.nio.file.Path;
import restain.client.Nucleus;
import restain.client.Warning;

/** One image or region, scored, with all that the settings ask for besides pictures on the screen. */
final class Scoring {
  private Scoring() {}

  /** Scores; adds rows to the tables and nuclei to the ROI Manager; saves. */
  static Scored score(Target target, Server server, Settings settings) throws IOException {
    Scored scored = Scored.of(target, server, settings);
    Tables.add(scored);
    if (settings.nuclei) Tables.addNuclei(scored);
    if (settings.manager) addToManager(scored, target.image);
    if (settings.save) {
      Path saved = scored.save(settings.folder);
      IJ.log("Restain: saved in " + saved);
    }
    for (Warning warning : scored.result.warnings()) IJ.log("Restain: " + target.title() + ": " + warning.detail);
    IJ.showStatus(Command.TITLE + ": " + target.title() + ": " + scored.result);
    return scored;
  }

  /** Says before the work that its result could not be saved. */
  static void refuseUnsavable(ImagePlus image, Settings settings) {
    if (settings.save && settings.folder.isEmpty() && !Scored.hasFolder(image))
      throw new Refusal(
          "The image \"" + image.getTitle() + "\" was never saved, so there is no folder beside it. State a folder for the results.");
  }

  /** Without a display there is no ROI Manager: the overlay of the result has the nuclei. */
  private static void addToManager(Scored scored, ImagePlus image) {
    if (Command.isHeadless()) return;
    RoiManager manager = RoiManager.getRoiManager();
    for (Nucleus nucleus : scored.result.nuclei()) {
      Roi selection = Nuclei.selection(nucleus);
      selection.setLocation(selection.getXBase() + scored.x, selection.getYBase() + scored.y);
      if (image.getStackSize() > 1) selection.setPosition(image.getCurrentSlice());
      manager.addRoi(selection);
    }
  }
}
