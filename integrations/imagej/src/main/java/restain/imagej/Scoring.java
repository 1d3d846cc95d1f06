package restain.imagej;

import ij.IJ;
import ij.ImagePlus;
import ij.gui.Roi;
import ij.plugin.frame.RoiManager;
import java.io.IOException;
import java.util.List;
import restain.client.Nucleus;
import restain.client.Warning;

/** One image or region, scored, with all that the settings ask for besides pictures on the screen. */
final class Scoring {
  private Scoring() {}

  /** Scores; adds rows to the tables and nuclei to the ROI Manager; saves. */
  static Outcome score(Target target, Server server, Settings settings) throws IOException {
    return server.isTooLarge(target, settings) ? asSlide(target, server, settings) : atOnce(target, server, settings);
  }

  private static Scored atOnce(Target target, Server server, Settings settings) throws IOException {
    Scored scored = Scored.of(target, server, settings);
    Tables.add(scored);
    if (settings.save) IJ.log("Restain: saved in " + scored.save(settings.folder));
    finish(scored, scored.result.nuclei(), scored.result.warnings(), target, settings);
    return scored;
  }

  private static LargeScored asSlide(Target target, Server server, Settings settings) throws IOException {
    LargeScored scored = LargeScored.of(target, server, settings);
    Tables.add(target, scored);
    finish(scored, scored.nuclei, scored.scores.warnings(), target, settings);
    return scored;
  }

  private static void finish(
      Outcome outcome, List<Nucleus> nuclei, List<Warning> warnings, Target target, Settings settings) {
    if (settings.nuclei) Tables.addNuclei(target, nuclei);
    if (settings.manager) addToManager(outcome, target.image);
    for (Warning warning : warnings) IJ.log("Restain: " + target.title() + ": " + warning.detail);
    IJ.showStatus(Command.TITLE + ": " + target.title() + ": " + outcome);
  }

  /** Says before the work that its result could not be saved. */
  static void refuseUnsavable(ImagePlus image, Settings settings) {
    if (settings.save && settings.folder.isEmpty() && !Scored.hasFolder(image))
      throw new Refusal(
          "The image \"" + image.getTitle() + "\" was never saved, so there is no folder beside it. State a folder for the results.");
  }

  /** Without a display there is no ROI Manager: the overlay of the result has the nuclei. */
  private static void addToManager(Outcome outcome, ImagePlus image) {
    if (Command.isHeadless()) return;
    RoiManager manager = RoiManager.getRoiManager();
    for (Roi selection : outcome.overlay()) {
      selection.setLocation(selection.getXBase() + outcome.x(), selection.getYBase() + outcome.y());
      if (image.getStackSize() > 1) selection.setPosition(image.getCurrentSlice());
      manager.addRoi(selection);
    }
  }
}
