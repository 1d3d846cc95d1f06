package restain.client;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Locale;
import java.util.TreeSet;

/** Doubts about the jar that a program loaded: a second one beside it, or one that is older than its server. */
public final class Jars {
  private Jars() {}

  /**
   * Why classes may be mixed from two jars at random.
   *
   * @param loader what the program loads its jars with
   * @param file a file that each of the jars has, by its path in the jar
   * @return a sentence with the places; null if there is one jar
   */
  public static String doubtAboutTwo(ClassLoader loader, String file) throws IOException {
    TreeSet<String> jars = new TreeSet<>();
    for (URL found : Collections.list(loader.getResources(file)))
      jars.add(found.toString().replaceFirst("^jar:file:", "").replaceFirst("!.*", ""));
    return jars.size() < 2 ? null : "There are two Restain jars: " + String.join(" and ", jars) + ". Delete one and restart.";
  }

  /**
   * That this jar is older than a server, and where a newer one is.
   *
   * @param name of the jar on the server, like {@code restain-client.jar}
   * @return a sentence; null if it is not older
   */
  public static String doubtAboutAge(String serverVersion, String address, String name) {
    return doubtAboutAge(RestainClient.VERSION, serverVersion, address, name);
  }

  static String doubtAboutAge(String version, String serverVersion, String address, String name) {
    if (!isOlder(version, serverVersion)) return null;
    return String.format(
        Locale.ROOT,
        "This Restain jar has version %s, the server %s. A newer one: %s/downloads/%s",
        version,
        serverVersion,
        address.replaceFirst("/+$", ""),
        name);
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
