package restain.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The address of a page, like {@code https://restain.example.org/analyses/5cT2nX0hY1dQk3VJw9rZbA}: of a result or a slide. */
public final class ResultAddress {
  private static final Pattern FORM = Pattern.compile("(https?://[^?#]+?)/(analyses|slides)/([\\w-]+)/?([?#].*)?");

  /** Address of the server. */
  public final String server;

  /** Whether it is of a slide. */
  public final boolean isSlide;

  /** Of the analysis or slide. */
  public final String id;

  private ResultAddress(String server, boolean isSlide, String id) {
    this.server = server;
    this.isSlide = isSlide;
    this.id = id;
  }

  /**
   * @throws IllegalArgumentException with a sentence, if it is no such address
   */
  public static ResultAddress parse(String address) {
    Matcher parts = FORM.matcher(address.trim());
    if (parts.matches()) return new ResultAddress(parts.group(1), parts.group(2).equals("slides"), parts.group(3));
    String example = RestainClient.DEFAULT_SERVER + "/analyses/5cT2nX0hY1dQk3VJw9rZbA";
    throw new IllegalArgumentException(
        "The address of a result page or of a slide is needed, like " + example + "; got \"" + address + "\".");
  }
}
