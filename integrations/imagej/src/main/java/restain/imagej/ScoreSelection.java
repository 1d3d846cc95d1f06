package restain.imagej;

import ij.ImagePlus;
import ij.gui.Roi;
import java.io.IOException;

/** Scores the selection of the image in front. Nothing outside of it is counted. */
public final class ScoreSelection extends Command {
  @Override
  void execute() throws IOException {
    ImagePlus image = currentImage();
    Roi selection = image.getRoi();
    if (selection == null)
      throw new Refusal("The image \"" + image.getTitle() + "\" has no selection. Draw one, or choose Score image.");
    Settings settings = Settings.forScoring("Score selection", image.getCalibration());
    if (settings == null) return;
    Scoring.refuseUnsavable(image, settings);
    double micronsPerPixel = PixelSize.of(settings.resolution, image.getCalibration());
    String name = selection.getName() == null ? "selection" : selection.getName();
    Target target = Target.of(image, selection, name, micronsPerPixel);
    Server server = Server.connect(settings);
    ResultImage.show(Scoring.score(target, server, settings).toImage());
  }
}
