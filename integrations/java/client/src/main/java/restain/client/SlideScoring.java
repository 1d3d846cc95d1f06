package restain.client;

import java.awt.Rectangle;
import java.awt.Shape;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Collection;
import java.util.Collections;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Scores regions of a slide that a program has open, by the server's own copy of its file: of any size, and with one white
 * balance for all of it. {@link #close} deletes a copy that was made here, unless it shall be kept.
 */
public final class SlideScoring implements Closeable {
  /** The slide on the server. */
  public final Slide slide;

  private final boolean isTemporary;
  private SlideScores scores;

  private SlideScoring(Slide slide, boolean isTemporary) {
    this.slide = slide;
    this.isTemporary = isTemporary;
  }

  /**
   * Whether a script shall work by the server's copy of the slide.
   *
   * @param options with {@code send} ({@code auto}, {@code tiles}, {@code slide}), {@code slide} (the address of one that
   *     is there, or empty) and {@code accept_terms}
   * @param part the largest region to score
   * @throws IllegalArgumentException with a sentence, if the file would have to be sent and the terms are not accepted
   */
  public static boolean isAskedFor(ScriptOptions options, RestainClient client, Rectangle part) throws IOException {
    String send = options.get("send");
    boolean isThere = !options.get("slide").isEmpty();
    if (send.equals("tiles")) return false;
    if (!send.equals("auto") && !send.equals("slide"))
      throw new IllegalArgumentException("send must be auto, tiles or slide; got \"" + send + "\".");
    long limit = client.health().pixels;
    long pixels = (long) part.width * part.height;
    if (send.equals("auto") && !isThere && pixels <= limit) return false;
    if (isThere || options.isYes("accept_terms")) return true;
    String size = String.format(Locale.ROOT, "%,d x %,d = %,d pixels", part.width, part.height, pixels);
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "The region has %s; the server takes %,d at once. It can score its own copy of the file, and delete that"
                + " afterwards: read the terms of use on %s and state accept_terms=yes. Or state send=tiles, or draw smaller"
                + " annotations.",
            size,
            limit,
            client.address()));
  }

  /**
   * Opens a slide that the server has, or sends the file.
   *
   * @param options with {@code slide}, {@code accept_terms}, {@code keep}, and those of {@link ScriptOptions#scoring}
   * @param files where the open image is stored
   * @param image size of the open image
   * @param micronsPerPixel of the open image; a slide that was there keeps its own
   * @throws IllegalArgumentException with a sentence, if there is no one file, or if the slide is another image
   */
  public static SlideScoring open(
      ScriptOptions options,
      RestainClient client,
      Collection<URI> files,
      Rectangle image,
      double micronsPerPixel,
      Progress progress)
      throws IOException {
    ScoreOptions settings = options.scoring();
    String address = options.get("slide");
    if (!address.isEmpty()) {
      Slide there = slideAt(options, address);
      refuseOther(there.status(), image.width, image.height);
      there.changeSettings(settings);
      return new SlideScoring(there, false);
    }
    SlideChoice choice = SlideChoice.ofSize(image.width, image.height);
    Slide sent = client.sendSlide(fileOf(files), options.isYes("accept_terms"), choice, progress);
    SlideScoring scoring = new SlideScoring(sent, !options.isYes("keep"));
    boolean isReady = false;
    try {
      refuseOther(sent.status(), image.width, image.height);
      sent.changeSettings(settings.micronsPerPixel(micronsPerPixel));
      isReady = true;
      return scoring;
    } finally {
      if (!isReady) scoring.close();
    }
  }

  /** The slide of an address, with the {@code header} of the options. */
  public static Slide slideAt(ScriptOptions options, String address) {
    ResultAddress parsed = ResultAddress.parse(address);
    if (!parsed.isSlide)
      throw new IllegalArgumentException("The address of a slide is needed (.../slides/...); got \"" + address + "\".");
    return options.client(parsed.server).slide(parsed.id);
  }

  /**
   * Refuses a slide that is not the open image.
   *
   * @throws IllegalArgumentException with a sentence
   */
  public static void refuseOther(SlideStatus slide, int width, int height) {
    if (slide.width == width && slide.height == height) return;
    throw new IllegalArgumentException(
        slide.width == 0
            ? "The slide is " + slide.state + ": it has no copy on the server yet."
            : String.format(
                Locale.ROOT,
                "The slide has %d x %d pixels, the open image %d x %d: they are not of the same file.",
                slide.width,
                slide.height,
                width,
                height));
  }

  /** The one file of an image on this computer. */
  static Path fileOf(Collection<URI> files) {
    if (files.size() == 1) {
      URI file = files.iterator().next();
      // A fragment or query may name an image of the file.
      if ("file".equals(file.getScheme())) {
        Path path = Paths.get(URI.create("file://" + file.getRawPath()));
        if (Files.isRegularFile(path)) return path;
      }
    }
    throw new IllegalArgumentException(
        "The image is no single file on this computer, so it cannot be sent as a slide. State send=tiles, or upload it on the"
            + " site and state slide=ADDRESS.");
  }

  /**
   * Scores an annotation, which is added to the slide.
   *
   * @param id of the annotation in the program
   * @param name null for none
   * @param className null for none
   * @return its numbers
   */
  public RegionNumbers score(UUID id, String name, String className, Shape shape, Progress progress) throws IOException {
    SlideAnnotation annotation = SlideAnnotation.ofQuPath(id, name, className, shape);
    slide.addAnnotations(Collections.singleton(annotation));
    scores = slide.score(SlideScope.annotations(Collections.singleton(annotation.id)), progress);
    RegionNumbers numbers = scores.annotation(annotation.id);
    if (numbers != null) return numbers;
    throw new RestainException("unexpected_answer", "The server's answer has no numbers of the annotation.", 200);
  }

  /** The nuclei of a region as GeoJSON of QuPath's detections, in portions; see {@link Slide#detections}. */
  public int detections(Shape shape, String classes, Progress progress, Consumer<String> portion) throws IOException {
    return slide.detections(shape, classes, progress, portion);
  }

  /** All numbers of the slide after the last region; null before. */
  public SlideScores scores() {
    return scores;
  }

  /** Deletes the copy on the server if it was made here and shall not be kept. */
  @Override
  public void close() throws IOException {
    if (isTemporary) slide.delete();
  }
}
