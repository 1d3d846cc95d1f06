package restain.imagej;

import ij.IJ;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Locale;
import java.util.TreeSet;
import restain.client.Health;
import restain.client.Progress;
import restain.client.RestainClient;
import restain.client.Result;
import restain.client.ScoreOptions;
import restain.client.Source;

/** The server that a command works with. */
final class Server {
  private static final int RETRIES = 2;

  /** Files that state the version of a Restain plugin; there is one in each jar. */
  private static final String STAMP = "restain/imagej/version.properties";

  /** What was said once is not repeated in this run of ImageJ. */
  private static final TreeSet<String> SAID = new TreeSet<>();

  private final RestainClient client;
  private final Health health;

  /** Asks the server for its state, so that a faulty address or a server that is away is told at once. */
  static Server connect(Settings settings) throws IOException {
    refuseTwoPlugins(IJ.getClassLoader());
    Server server = new Server(settings);
    String doubt = versionDoubt(RestainClient.VERSION, server.health.version, settings.server);
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
    long count = (long) pixels.getWidth() * pixels.getHeight();
    if (count > health.pixels)
      throw new Refusal(
          String.format(
              Locale.ROOT,
              "%s has %,d x %,d = %,d pixels; the server takes %,d. Select a smaller region.",
              title,
              pixels.getWidth(),
              pixels.getHeight(),
              count,
              health.pixels));
    return client.score(Source.of(pixels), options, statusBar(title));
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

  /** Two jars of the plugin would be mixed at random. */
  static void refuseTwoPlugins(ClassLoader plugins) throws IOException {
    TreeSet<String> jars = new TreeSet<>();
    for (URL stamp : Collections.list(plugins.getResources(STAMP)))
      jars.add(stamp.toString().replaceFirst("^jar:file:", "").replaceFirst("!.*", ""));
    if (jars.size() > 1)
      throw new Refusal("There are two Restain plugins: " + String.join(" and ", jars) + ". Delete one and restart ImageJ.");
  }

  /** That the plugin is older than the server, and where a newer one is; null if it is not. */
  static String versionDoubt(String plugin, String server, String address) {
    if (!isOlder(plugin, server)) return null;
    return String.format(
        "The Restain plugin has version %s, the server %s. A newer plugin: %s/downloads/restain-imagej.jar",
        plugin, server, address.replaceFirst("/+$", ""));
  }

  private static void say(String sentence) {
    if (SAID.add(sentence)) IJ.log(sentence);
  }

  /** Whether one version like {@code 0.2.0} comes before another. What is no version is not compared. */
  static boolean isOlder(String version, String other) {
    int[] a = numbers(version);
    int[] b = numbers(other);
    for (int i = 0; i < 3; i++) if (a[i] != b[i]) return a[i] < b[i];
    return false;
  }

  private static int[] numbers(String version) {
    int[] numbers = new int[3];
    if (!version.matches("\\d{1,6}\\.\\d{1,6}\\.\\d{1,6}(\\D.*)?")) return numbers;
    String[] parts = version.split("[^0-9]");
    for (int i = 0; i < 3; i++) numbers[i] = Integer.parseInt(parts[i]);
    return numbers;
  }
}
