package restain.imagej;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The options of a command as macros write them: {@code resolution=40x save folder=[/my images]}. Keys are lower-case
 * words; a key alone is a ticked box.
 */
final class MacroText {
  private MacroText() {}

  /**
   * Reads options.
   *
   * @param known the keys of the command; another one is refused, as a misspelt option would silently be a default
   * @return the values by key; that of a ticked box is "true"
   */
  static Map<String, String> read(String text, List<String> known) {
    Map<String, String> options = new LinkedHashMap<>();
    int at = 0;
    while (at < text.length()) {
      if (Character.isWhitespace(text.charAt(at))) {
        at++;
        continue;
      }
      int end = at;
      while (end < text.length() && text.charAt(end) != '=' && !Character.isWhitespace(text.charAt(end))) end++;
      String key = text.substring(at, end);
      if (!known.contains(key))
        throw new Refusal("There is no option \"" + key + "\" here. The options are: " + String.join(", ", known) + ".");
      if (end == text.length() || text.charAt(end) != '=') {
        options.put(key, "true");
        at = end;
        continue;
      }
      int[] range = valueRange(text, end + 1);
      options.put(key, text.substring(range[0], range[1]));
      at = range[1] < text.length() && text.charAt(range[1]) == ']' ? range[1] + 1 : range[1];
    }
    return options;
  }

  /** Writes options so that {@link #read} gives them back. False and empty values are left out. */
  static String write(Map<String, String> options) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> option : options.entrySet()) {
      String value = option.getValue();
      if (value.isEmpty() || value.equals("false")) continue;
      if (text.length() > 0) text.append(' ');
      text.append(option.getKey());
      if (value.equals("true")) continue;
      boolean isPlain = !value.matches(".*[\\s\\[\\]].*");
      text.append('=').append(isPlain ? value : "[" + value + "]");
    }
    return text.toString();
  }

  static List<String> keys(String... keys) {
    return Arrays.asList(keys);
  }

  /** Where a value starts and ends, without its brackets. Brackets inside are counted. */
  private static int[] valueRange(String text, int start) {
    int end = start;
    if (start < text.length() && text.charAt(start) == '[') {
      int depth = 0;
      for (; end < text.length(); end++) {
        if (text.charAt(end) == '[') depth++;
        if (text.charAt(end) == ']' && --depth == 0) return new int[] {start + 1, end};
      }
      throw new Refusal("A bracket of the options is not closed: " + text.substring(start));
    }
    while (end < text.length() && !Character.isWhitespace(text.charAt(end))) end++;
    return new int[] {start, end};
  }
}
