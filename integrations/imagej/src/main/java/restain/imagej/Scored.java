package restain.imagej;

import ij.ImagePlus;
import ij.gui.Overlay;
import ij.io.FileInfo;
import ij.measure.Calibration;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.LinkedHashMap;
import java.util.Map;
import restain.client.GeoJson;
import restain.client.Result;
import restain.client.ResultFolder;
import restain.client.ScoreOptions;
import restain.client.Source;

/** A result together with what is needed to show, save and adjust it. */
final class Scored implements Outcome {
  /** Keys of what is saved beside a result. */
  private static final String IMAGE = "image";

  private static final String REGION = "region";
  private static final String ROI = "roi";
  private static final String X = "x";
  private static final String Y = "y";
  private static final String OPTIONS = "options";
  private static final String MARKER = "marker";

  /** Title of the image that was scored. */
  final String image;

  /** Name of the region; empty for the whole image. */
  final String region;

  /** The region as GeoJSON in pixels of the part; null for the whole image. */
  final String roi;

  /** Corner of the part in the image, in pixels. */
  final int x;

  final int y;

  /** The part that was scored, as PNG. */
  final byte[] original;

  /** The folder of the image; null if it has none. */
  final Path folder;

  final Result result;

  /** The command's options as macros state them. */
  final String options;

  /** What the slide is stained for; empty if that was not said. */
  private final String marker;

  private Scored(
      String image,
      String region,
      String roi,
      int x,
      int y,
      byte[] original,
      Path folder,
      Result result,
      String options,
      String marker) {
    this.image = image;
    this.region = region;
    this.roi = roi;
    this.x = x;
    this.y = y;
    this.original = original;
    this.folder = folder;
    this.result = result;
    this.options = options;
    this.marker = marker;
  }

  /** Scores a target. */
  static Scored of(Target target, Server server, Settings settings) throws IOException {
    BufferedImage pixels = Colours.of(target.image, target.part);
    ScoreOptions options = settings.options(target.image.getCalibration());
    String roi = target.region == null ? null : GeoJson.of(target.regionInPart());
    if (roi != null) options.roi(roi);
    Result result = server.score(pixels, target.title(), options);
    return new Scored(
        target.image.getTitle(),
        target.name,
        roi,
        target.part.x,
        target.part.y,
        Source.png(pixels),
        folderOf(target.image),
        result,
        settings.toMacroText(),
        settings.marker);
  }

  /** This with another result, whose missing pictures are taken from the one before. */
  Scored with(Result adjusted) throws IOException {
    return new Scored(
        image, region, roi, x, y, original, folder, adjusted.withPictures(result.pictures()), options, marker);
  }

  /** Opens what {@link #save} wrote. */
  static Scored open(Path path) throws IOException {
    ResultFolder saved = ResultFolder.open(path);
    Map<String, String> settings = saved.settings;
    return new Scored(
        settings.getOrDefault(IMAGE, path.getFileName().toString()),
        settings.getOrDefault(REGION, ""),
        settings.get(ROI),
        Integer.parseInt(settings.getOrDefault(X, "0")),
        Integer.parseInt(settings.getOrDefault(Y, "0")),
        saved.original,
        path.toAbsolutePath().getParent(),
        saved.result,
        settings.getOrDefault(OPTIONS, ""),
        settings.getOrDefault(MARKER, ""));
  }

  /**
   * Saves all of it in a new folder, {@code <image>_Restain}, {@code <image>_Restain-2} and so on.
   *
   * @param where the folder to save in; empty for that of the image
   * @return the new folder
   */
  Path save(String where) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(IMAGE, image);
    settings.put(REGION, region);
    if (roi != null) settings.put(ROI, roi);
    settings.put(X, Integer.toString(x));
    settings.put(Y, Integer.toString(y));
    settings.put(OPTIONS, options);
    settings.put(MARKER, marker);
    return ResultFolder.save(result, original, settings, parentOf(image, folder, where), nameOf(image, region)).path;
  }

  /** A new folder for the files of a target: {@code <image>_Restain}, {@code <image>_Restain-2} and so on. */
  static Path newFolder(Target target, String where) throws IOException {
    String image = target.image.getTitle();
    return ResultFolder.create(parentOf(image, folderOf(target.image), where), nameOf(image, target.name));
  }

  private static Path parentOf(String image, Path folder, String where) {
    if (!where.isEmpty()) return Paths.get(where);
    if (folder == null) throw new Refusal("The image \"" + image + "\" has no folder. State one to save in.");
    return folder;
  }

  private static String nameOf(String image, String region) {
    String name = image.replaceFirst("\\.\\w{1,5}$", "") + (region.isEmpty() ? "" : "_" + region);
    return name.replaceAll("[/\\\\:*?\"<>|]", "_") + "_Restain";
  }

  @Override
  public Overlay overlay() {
    return Nuclei.overlay(result.nuclei());
  }

  @Override
  public int x() {
    return x;
  }

  @Override
  public int y() {
    return y;
  }

  @Override
  public ImagePlus toImage() throws IOException {
    return ResultImage.create(this);
  }

  @Override
  public String toString() {
    return result.toString();
  }

  /** Whether {@link #save} knows where to save beside the image. */
  static boolean hasFolder(ImagePlus image) {
    return folderOf(image) != null;
  }

  byte[] picture(String name) {
    byte[] picture = result.pictures().get(name);
    if (picture == null) throw new Refusal("The result has no picture " + name + ", so it cannot be adjusted.");
    return picture;
  }

  /** Thresholds aside, the options that adjust this result. */
  ScoreOptions adjustOptions() {
    ScoreOptions same = new ScoreOptions().micronsPerPixel(result.provenance.micronsPerPixel);
    if (!marker.isEmpty()) same.marker(marker);
    return roi == null ? same : same.roi(roi);
  }

  /** The calibration of the part: its pixel size, and where it lies in the image. */
  Calibration calibration() {
    Calibration calibration = new Calibration();
    calibration.setUnit("micron");
    calibration.pixelWidth = calibration.pixelHeight = result.provenance.micronsPerPixel;
    calibration.xOrigin = -x;
    calibration.yOrigin = -y;
    return calibration;
  }

  private static Path folderOf(ImagePlus image) {
    FileInfo file = image.getOriginalFileInfo();
    return file == null || file.directory == null || file.directory.isEmpty() ? null : Paths.get(file.directory);
  }
}
