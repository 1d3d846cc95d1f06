package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A doubt about the numbers. */
public final class Warning {
  /** Stable name of the warning. */
  public final String code;

  /** A sentence with the numbers in question. */
  public final String detail;

  Warning(String code, String detail) {
    this.code = code;
    this.detail = detail;
  }

  /** The warnings of an answer. Servers before 0.2.0 give sentences without a code. */
  static List<Warning> list(JsonObject answer) {
    List<Warning> warnings = new ArrayList<>();
    for (Object entry : answer.getArray("warnings", new JsonArray()))
      if (entry instanceof JsonObject) {
        JsonObject warning = (JsonObject) entry;
        warnings.add(new Warning(warning.getString("code", "uncoded"), warning.getString("detail", "")));
      } else warnings.add(new Warning("uncoded", String.valueOf(entry)));
    return Collections.unmodifiableList(warnings);
  }

  @Override
  public String toString() {
    return detail + " (" + code + ")";
  }
}
