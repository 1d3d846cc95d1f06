package restain.imagej;

import ij.IJ;
import ij.ImagePlus;
import ij.gui.Overlay;
import ij.measure.Calibration;
import ij.process.ColorProcessor;
import java.awt.Rectangle;
import java.awt.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import restain.client.Nucleus;
import restain.client.Progress;
import restain.client.RegionNumbers;
import restain.client.Slide;
import restain.client.SlideAnnotation;
import restain.client.SlideAnnotations;
import restain.client.SlideScope;
import restain.client.SlideScores;

/**
 * An image or region that is larger than the server takes at once: sent as a slide, scored there, and deleted there. It has
 * numbers and nuclei, and no inferred pictures.
 */
final class LargeScored implements Outcome {
  /** Files that are saved of it. */
  private static final List<String> FILES =
      Arrays.asList("scores.json", "report.pdf", "nuclei.csv.gz", "nuclei.geojson.gz");

  private final Target target;

  final RegionNumbers numbers;
  final SlideScores scores;
  final List<Nucleus> nuclei;

  private LargeScored(Target target, RegionNumbers numbers, SlideScores scores, List<Nucleus> nuclei) {
    this.target = target;
    this.numbers = numbers;
    this.scores = scores;
    this.nuclei = nuclei;
  }

  /** Scores a target, and saves the files of the result if the settings say so. */
  static LargeScored of(Target target, Server server, Settings settings) throws IOException {
    Progress progress = Server.statusBar(target.title());
    double micronsPerPixel = PixelSize.of(settings.resolution, target.image.getCalibration());
    Slide slide = send(target, server, micronsPerPixel, progress);
    try {
      slide.changeSettings(settings.options(target.image.getCalibration()));
      Rectangle part = target.part;
      Shape region = target.region == null ? new Rectangle(part.width, part.height) : target.regionInPart();
      SlideAnnotation annotation = SlideAnnotation.of("other", target.name, region);
      // Alone: of the tissue that the server finds, nothing is asked here.
      SlideAnnotations found = slide.annotations();
      slide.saveAnnotations(found, Collections.singleton(annotation));
      SlideScores scores = slide.score(SlideScope.annotations(Collections.singleton(annotation.id)), progress);
      List<Nucleus> nuclei = slide.nuclei(region, progress);
      if (settings.save) save(slide, target, settings, progress);
      return new LargeScored(target, scores.annotation(annotation.id), scores, nuclei);
    } finally {
      slide.delete();
    }
  }

  private static Slide send(Target target, Server server, double micronsPerPixel, Progress progress) throws IOException {
    Path file = Files.createTempFile("restain-", ".tif");
    try {
      progress.report(0, "writing");
      ColorProcessor pixels = Colours.all(target.image);
      Rectangle part = target.part;
      TiledTiff.write(
          file,
          part.width,
          part.height,
          micronsPerPixel,
          tile -> {
            int[] read = new int[tile.width * tile.height];
            int[] all = (int[]) pixels.getPixels();
            for (int y = 0; y < tile.height; y++)
              System.arraycopy(
                  all, (part.y + tile.y + y) * pixels.getWidth() + part.x + tile.x, read, y * tile.width, tile.width);
            return read;
          });
      return server.sendSlide(file, progress);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void save(Slide slide, Target target, Settings settings, Progress progress) throws IOException {
    Path folder = Scored.newFolder(target, settings.folder);
    for (String name : FILES)
      slide.export(name, Collections.<String, String>emptyMap(), folder.resolve(name), progress);
    IJ.log("Restain: saved in " + folder);
  }

  @Override
  public Overlay overlay() {
    return Nuclei.overlay(nuclei);
  }

  @Override
  public int x() {
    return target.part.x;
  }

  @Override
  public int y() {
    return target.part.y;
  }

  /** A copy of the part, with the nuclei as its overlay. */
  @Override
  public ImagePlus toImage() {
    ImagePlus copy =
        new ImagePlus(target.title() + " - Restain", new ColorProcessor(Colours.of(target.image, target.part)));
    Calibration calibration = new Calibration();
    calibration.setUnit("micron");
    calibration.pixelWidth = calibration.pixelHeight = scores.micronsPerPixel;
    calibration.xOrigin = -x();
    calibration.yOrigin = -y();
    copy.setCalibration(calibration);
    copy.setOverlay(overlay());
    return copy;
  }

  @Override
  public String toString() {
    return numbers.toString();
  }
}
