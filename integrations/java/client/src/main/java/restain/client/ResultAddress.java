package restain.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The address of a result page, like {@code https://restain.example.org/analyses/5cT2nX0hY1dQk3VJw9rZbA}. */
public final class ResultAddress {
  private static final Pattern FORM = Pattern.compile("(https?://[^?#]+?)/analyses/([\\w-]+)/?([?#].*)?");

  /** Address of the server. */
  public final String server;

  public final String analysisId;

  private ResultAddress(String server, String analysisId) {
    this.server = server;
    this.analysisId = analysisId;
  }

  /**
   * @throws IllegalArgumentException with a sentence, if it is no such address
   */
  public static ResultAddress parse(String address) {
    Matcher parts = FORM.matcher(address.trim());
    if (parts.matches()) return new ResultAddress(parts.group(1), parts.group(2));
    throw new IllegalArgumentException(
        "The address of a result page is needed, like " + RestainClient.DEFAULT_SERVER + "/analyses/5cT2nX0hY1dQk3VJw9rZbA; got \"" + address + "\".");
  }
}
