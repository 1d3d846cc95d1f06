package restain.imagej;

import ij.ImagePlus;
import java.io.IOException;

/** Scores the image in front: all of the slice that is shown. */
public final class ScoreImage extends Command {
  @Override
  void execute() throws IOException {
    ImagePlus image = currentImage();
    Settings settings = Settings.forScoring("Score image", image.getCalibration());
    if (settings == null) return;
    Scoring.refuseUnsavable(image, settings);
    Server server = Server.connect(settings);
    ResultImage.show(Scoring.score(Target.whole(image), server, settings).toImage());
  }
}
