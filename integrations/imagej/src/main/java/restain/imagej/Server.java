package restain.imagej;

import ij.IJ;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeSet;
import restain.client.Health;
import restain.client.Jars;
import restain.client.Progress;
import restain.client.RestainClient;
import restain.client.Result;
import restain.client.ScoreOptions;
import restain.client.Slide;
import restain.client.SlideChoice;
import restain.client.Source;

/** The server that a command works with. */
final class Server {
  private static final int RETRIES = 2;

  /** Files that state the version of a Restain plugin; there is one in each jar. */
  static final String STAMP = "restain/imagej/version.properties";

  /** What was said once is not repeated in this run of ImageJ. */
  private static final TreeSet<String> SAID = new TreeSet<>();

  private final RestainClient client;
  private final Health health;

  /** Asks the server for its state, so that a faulty address or a server that is away is told at once. */
  static Server connect(Settings settings) throws IOException {
    String two = Jars.doubtAboutTwo(IJ.getClassLoader(), STAMP);
    if (two != null) throw new Refusal(two);
    Server server = new Server(settings);
    String doubt = Jars.doubtAboutAge(server.health.version, settings.server, "restain-imagej.jar");
    if (doubt != null) say(doubt);
    return server;
  }

  private Server(Settings settings) throws IOException {
    RestainClient.Builder builder;
    try {
      builder = RestainClient.at(settings.server).retries(RETRIES);
    } catch (IllegalArgumentException error) {
      throw new Refusal(error.getMessage() + " Change it in Plugins > Restain > Restain options...");
    }
    if (!settings.header.trim().isEmpty()) {
      String[] parts = settings.header.split(":", 2);
      if (parts.length != 2 || parts[0].trim().isEmpty())
        throw new Refusal("The header must be written like \"Authorization: Bearer abc\".");
      builder.header(parts[0].trim(), parts[1].trim());
    }
    client = builder.build();
    IJ.showStatus(Command.TITLE + ": asking " + settings.server);
    try {
      health = client.health();
    } catch (restain.client.RestainException error) {
      if (!error.code().equals("unreachable")) throw error;
      throw new Refusal(
          "No Restain server answers at " + settings.server + ". Is it running? Its address is set in Plugins > Restain > Restain options...");
    }
  }

  /** Version and models, in a sentence. */
  String describe() {
    return "Restain " + health.version + " with the models " + String.join(", ", health.models);
  }

  /** Scores pixels; Esc stops it. */
  Result score(BufferedImage pixels, String title, ScoreOptions options) throws IOException {
    return client.score(Source.of(pixels), options, statusBar(title));
  }

  /**
   * Whether a target is larger than the server takes at once.
   *
   * @throws Refusal with the numbers, if it is and the terms of use are not accepted, which sending a slide needs
   */
  boolean isTooLarge(Target target, Settings settings) {
    Rectangle part = target.part;
    long count = (long) part.width * part.height;
    if (count <= health.pixels) return false;
    if (settings.terms) return true;
    throw new Refusal(
        String.format(
            Locale.ROOT,
            "%s has %,d x %,d = %,d pixels; the server takes %,d at once. Select a smaller region. Or have it sent as a slide,"
                + " which the server keeps until it is scored: read the terms of use on %s and tick Terms in Plugins > Restain"
                + " > Restain options...",
            target.title(),
            part.width,
            part.height,
            count,
            health.pixels,
            client.address()));
  }

  /** Sends a file as a slide. */
  Slide sendSlide(Path file, Progress progress) throws IOException {
    return client.sendSlide(file, true, SlideChoice.ONLY, progress);
  }

  /** Scores inferred pictures with other thresholds. */
  Result adjust(Scored scored, ScoreOptions options, Progress progress) throws IOException {
    byte[] seg = scored.picture("Seg");
    byte[] marker = scored.result.pictures().get("Marker");
    Source markerSource = marker == null ? null : Source.of(marker);
    return client.postprocess(Source.of(scored.original), Source.of(seg), markerSource, options, progress);
  }

  /** ImageJ's status and progress bar; Esc cancels. */
  static Progress statusBar(String title) {
    return new Progress() {
      @Override
      public void report(double share, String stage) {
        IJ.showStatus(Command.TITLE + ": " + title + ": " + stage + " (Esc cancels)");
        // The bar disappears at 1.
        IJ.showProgress(Math.min(share, 0.99));
      }

      @Override
      public boolean isCancelled() {
        return IJ.escapePressed();
      }
    };
  }

  private static void say(String sentence) {
    if (SAID.add(sentence)) IJ.log(sentence);
  }
}
