package restain.imagej;

import ij.ImagePlus;
import ij.gui.Overlay;
import ij.gui.Roi;
import ij.plugin.frame.RoiManager;
import ij.process.ColorProcessor;
import java.awt.Rectangle;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores the regions in the ROI Manager on the image in front, one after another: those selected there, or all. Without a
 * display, where there is no ROI Manager, the regions are those of the image's overlay.
 */
public final class ScoreRegions extends Command {
  @Override
  void execute() throws IOException {
    ImagePlus image = currentImage();
    List<Roi> regions = regionsOf(image);
    Settings settings = Settings.forScoring("Score all regions", image.getCalibration());
    if (settings == null) return;
    Scoring.refuseUnsavable(image, settings);
    double micronsPerPixel = PixelSize.of(settings.resolution, image.getCalibration());
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < regions.size(); i++) {
      String name = regions.get(i).getName() == null ? "region " + (i + 1) : regions.get(i).getName();
      targets.add(Target.of(image, regions.get(i), name, micronsPerPixel));
    }
    Server server = Server.connect(settings);
    Overlay overlay = new Overlay();
    for (Roi region : regions) overlay.add((Roi) region.clone());
    for (Target target : targets) {
      Outcome scored = Scoring.score(target, server, settings);
      Overlay nuclei = scored.overlay();
      nuclei.translate(scored.x(), scored.y());
      for (Roi nucleus : nuclei) overlay.add(nucleus);
    }
    show(image, overlay);
  }

  private static List<Roi> regionsOf(ImagePlus image) {
    List<Roi> regions = new ArrayList<>();
    if (isHeadless()) {
      if (image.getOverlay() != null) for (Roi region : image.getOverlay()) regions.add(region);
      if (regions.isEmpty())
        throw new Refusal("Without a display there is no ROI Manager. Put the regions into the overlay of the image.");
    } else {
      RoiManager manager = RoiManager.getInstance2();
      Roi[] listed = manager == null ? new Roi[0] : manager.getSelectedRoisAsArray();
      for (Roi region : listed) regions.add(region);
      if (regions.isEmpty()) throw new Refusal("The ROI Manager is empty. Add regions to it first.");
    }
    return regions;
  }

  /** A copy of the image with the regions and their nuclei as overlay. */
  private static void show(ImagePlus image, Overlay overlay) {
    Rectangle all = new Rectangle(image.getWidth(), image.getHeight());
    ImagePlus copy = new ImagePlus(image.getTitle() + " - Restain regions", new ColorProcessor(Colours.of(image, all)));
    copy.setCalibration(image.getCalibration());
    copy.setOverlay(overlay);
    ResultImage.show(copy);
  }
}
