package restain;

/** Writes the simple JSON of the protocol. Characters outside printable ASCII become "?". */
final class Json {
  private final StringBuilder text = new StringBuilder();

  Json open(char bracket) {
    separate();
    text.append(bracket);
    return this;
  }

  Json close(char bracket) {
    text.append(bracket);
    return this;
  }

  Json name(String name) {
    separate();
    text.append('"').append(name).append("\":");
    return this;
  }

  Json put(String name, Object value) {
    return name(name).value(value);
  }

  Json value(Object value) {
    separate();
    if (value instanceof String string) text.append('"').append(escape(string)).append('"');
    else if (value instanceof Double number && !Double.isFinite(number)) text.append("null");
    else text.append(value);
    return this;
  }

  private void separate() {
    if (text.isEmpty()) return;
    char last = text.charAt(text.length() - 1);
    if (last != '{' && last != '[' && last != ':') text.append(',');
  }

  private static String escape(String string) {
    return string.replaceAll("[^ !#-\\[\\]-~]", "?");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
