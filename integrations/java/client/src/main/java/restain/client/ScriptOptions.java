package restain.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Options of a script: what it states itself, changed by arguments like {@code resolution=40x}. */
public final class ScriptOptions {
  private final Map<String, String> values = new LinkedHashMap<>();

  /**
   * @param defaults all options by name
   * @param arguments {@code name=value} each
   * @throws IllegalArgumentException with a sentence, if an argument has another form or an unknown name: a misspelt
   *     option would silently be a default
   * @throws IllegalStateException with a sentence, if the program loaded two jars of this client
   */
  public ScriptOptions(Map<String, ?> defaults, String... arguments) {
    refuseTwoJars();
    for (Map.Entry<String, ?> option : defaults.entrySet())
      values.put(option.getKey(), option.getValue() == null ? "" : option.getValue().toString().trim());
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals).trim();
      if (equals < 0 || !values.containsKey(name))
        throw new IllegalArgumentException(
            "There is no option \"" + argument + "\". The options are, each with = and a value: " + String.join(", ", values.keySet()) + ".");
      values.put(name, argument.substring(equals + 1).trim());
    }
  }

  private static void refuseTwoJars() {
    try {
      String two = Jars.doubtAboutTwo(ScriptOptions.class.getClassLoader(), "restain/client/version.properties");
      if (two != null) throw new IllegalStateException(two);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** The value of an option; empty if it is not set. */
  public String get(String name) {
    String value = values.get(name);
    if (value == null) throw new IllegalArgumentException("there is no option " + name);
    return value;
  }

  /**
   * Whether an option is {@code yes}.
   *
   * @throws IllegalArgumentException with a sentence, if it is neither {@code yes} nor {@code no}
   */
  public boolean isYes(String name) {
    String value = get(name);
    if (value.equals("yes") || value.equals("no")) return value.equals("yes");
    throw new IllegalArgumentException(name + " must be yes or no; got \"" + value + "\".");
  }

  /** A client of the server that the options {@code server} and {@code header} name. */
  public RestainClient client() {
    return client(get("server"));
  }

  /** A client of another server, with the {@code header} of the options. */
  public RestainClient client(String server) {
    RestainClient.Builder builder = RestainClient.at(server.isEmpty() ? RestainClient.DEFAULT_SERVER : server);
    String header = get("header");
    if (!header.isEmpty()) {
      int colon = header.indexOf(':');
      if (colon < 1)
        throw new IllegalArgumentException("The header must be written like \"Authorization: Bearer abc\".");
      builder.header(header.substring(0, colon).trim(), header.substring(colon + 1).trim());
    }
    return builder.build();
  }

  /** The options that are the API's own, under the same names; those that are empty are left to the server. */
  public ScoreOptions scoring() {
    ScoreOptions options = new ScoreOptions();
    for (Map.Entry<String, String> option : values.entrySet())
      if (!option.getValue().isEmpty() && ScoreOptions.THRESHOLDS.contains(option.getKey()))
        options.set(option.getKey(), option.getValue());
    return options;
  }
}
