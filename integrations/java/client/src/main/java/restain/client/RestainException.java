package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A failure that the server stated (RFC 9457) or that this client found.
 *
 * <p>Decide by {@link #code()}, which is stable; {@link #detail()} is a sentence for people. This client adds the codes
 * {@code unreachable} (no connection after all retries), {@code no_answer} (no answer within the time limit), {@code
 * unexpected_answer} (the answer does not come from Restain), {@code image_too_large} and {@code upload_too_large}
 * (found before sending), and {@code cancelled}.
 */
public final class RestainException extends IOException {
  private static final long serialVersionUID = 1L;

  /** One faulty option or part of a request. */
  public static final class FieldError implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The option or part, like {@code /prob_thresh}. */
    public final String pointer;

    /** What is wrong with it. */
    public final String detail;

    FieldError(String pointer, String detail) {
      this.pointer = pointer;
      this.detail = detail;
    }

    @Override
    public String toString() {
      return pointer + ": " + detail;
    }
  }

  private final String code;
  private final String detail;
  private final int status;
  private final String requestId;
  private final ArrayList<FieldError> errors;

  RestainException(String code, String detail, int status) {
    this(code, detail, status, null, Collections.<FieldError>emptyList());
  }

  private RestainException(
      String code, String detail, int status, String requestId, List<FieldError> errors) {
    super(sentence(detail, errors));
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.requestId = requestId;
    this.errors = new ArrayList<>(errors);
  }

  /** The stable name of the failure. */
  public String code() {
    return code;
  }

  /** What was wrong, in a sentence. */
  public String detail() {
    return detail;
  }

  /** HTTP status; 0 if there was no answer. */
  public int status() {
    return status;
  }

  /** Identifies the request in the server's log; null if there is none. */
  public String requestId() {
    return requestId;
  }

  /** The faulty options, one by one. */
  public List<FieldError> errors() {
    return Collections.unmodifiableList(errors);
  }

  /** The failure that a problem document states. Missing and unknown members are accepted. */
  static RestainException ofProblem(JsonObject problem, int status) {
    List<FieldError> errors = new ArrayList<>();
    for (Object entry : problem.getArray("errors", new JsonArray()))
      if (entry instanceof JsonObject) {
        JsonObject error = (JsonObject) entry;
        errors.add(new FieldError(error.getString("pointer", ""), error.getString("detail", "")));
      }
    String title = problem.getString("title", "The server gave no reason.");
    return new RestainException(
        problem.getString("code", "unexpected_answer"),
        problem.getString("detail", title),
        problem.getInt("status", status),
        problem.getString("instance"),
        errors);
  }

  static RestainException cancelled() {
    return new RestainException("cancelled", "The work was cancelled.", 0);
  }

  private static String sentence(String detail, List<FieldError> errors) {
    StringBuilder text = new StringBuilder(detail);
    for (FieldError error : errors)
      if (!detail.contains(error.detail)) text.append(' ').append(error);
    return text.toString();
  }
}
