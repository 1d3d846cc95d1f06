package restain.client;

import com.grack.nanojson.JsonObject;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Requests that are repeated while the connection is lost or the server is busy, and failures in the server's words. */
final class Exchange {
  /** A proxy answers 502 or 504 for a server that is restarting. */
  private static final List<Integer> PASSING_STATUS = Arrays.asList(429, 502, 503, 504);

  /** These have status 503 too, but waiting a little does not help. */
  private static final List<String> LASTING_CODES = Arrays.asList("reader_unavailable", "storage_unavailable");

  static final double FIRST_POLL_SECONDS = 0.2;
  private static final double LONGEST_POLL_SECONDS = 2;
  private static final double LONGEST_BACKOFF_SECONDS = 30;
  private static final int CLEANUP_MILLISECONDS = 5_000;

  /** Of the server; it ends with a slash. */
  final String address;

  private final Http http;
  private final Http cleanup;
  private final int retries;
  private final double busySeconds;

  Exchange(String address, Map<String, String> headers, double timeoutSeconds, int retries, double busySeconds) {
    this.address = address;
    http = new Http(address, headers, milliseconds(timeoutSeconds));
    cleanup = new Http(address, headers, CLEANUP_MILLISECONDS);
    this.retries = retries;
    this.busySeconds = busySeconds;
  }

  /** One request, repeated while the connection is lost or the server is busy. */
  Http.Answer send(Http.Request request, Progress progress) throws IOException {
    int lost = 0;
    int busy = 0;
    double waited = 0;
    while (true) {
      Http.Answer answer;
      try {
        answer = http.send(request, progress);
      } catch (RestainException stopped) {
        throw stopped;
      } catch (IOException error) {
        if (error instanceof SocketTimeoutException && !String.valueOf(error.getMessage()).contains("onnect"))
          throw failure("no_answer", "The server received the request but did not answer in time.", error);
        if (++lost > retries)
          throw failure("unreachable", "No connection to the server: " + describe(error) + ".", error);
        pause(backoff(lost), progress);
        continue;
      }
      if (answer.status >= 200 && answer.status < 300) return answer;
      RestainException failure = failureOf(answer);
      if (!PASSING_STATUS.contains(answer.status) || LASTING_CODES.contains(failure.code())) throw failure;
      double wait = Math.max(retryAfterSeconds(answer.retryAfter), backoff(++busy));
      waited += wait;
      if (waited > busySeconds) throw failure;
      progress.report(0, "waiting");
      pause(wait, progress);
    }
  }

  /** Ends work on the server. It is tried once; a failure here must not hide the first error. */
  void cleanUp(Http.Request request) {
    // An interrupted thread could not wait for the answer.
    boolean wasInterrupted = Thread.interrupted();
    try {
      cleanup.send(request, Progress.NONE);
    } catch (IOException error) {
      // The server drops it by itself after a while.
    } finally {
      if (wasInterrupted) Thread.currentThread().interrupt();
    }
  }

  /** Options of a request as its query; empty without any. */
  static String query(Map<String, String> options) throws IOException {
    StringBuilder query = new StringBuilder();
    for (Map.Entry<String, String> option : options.entrySet())
      query
          .append(query.length() == 0 ? '?' : '&')
          .append(URLEncoder.encode(option.getKey(), "UTF-8"))
          .append('=')
          .append(URLEncoder.encode(option.getValue(), "UTF-8"));
    return query.toString();
  }

  static JsonObject object(Http.Answer answer) throws RestainException {
    JsonObject object = answer.json();
    if (object == null) throw unexpected(answer);
    return object;
  }

  private static RestainException failureOf(Http.Answer answer) {
    JsonObject problem = answer.json();
    boolean isOurs = problem != null && problem.has("code");
    return isOurs ? RestainException.ofProblem(problem, answer.status) : unexpected(answer);
  }

  /** An answer that does not come from Restain: a proxy's page, another program. */
  static RestainException unexpected(Http.Answer answer) {
    String kind = answer.contentType == null ? "no content type" : answer.contentType;
    String moved = answer.location == null ? "" : " and points to " + answer.location;
    String said = answer.address + " answered " + answer.status + " (" + kind + ")" + moved;
    return new RestainException("unexpected_answer", said + ": this answer does not come from Restain.", answer.status);
  }

  private static RestainException failure(String code, String detail, IOException cause) {
    RestainException failure = new RestainException(code, detail, 0);
    failure.initCause(cause);
    return failure;
  }

  private static String describe(IOException error) {
    String said = error.getMessage() == null ? "" : " " + error.getMessage();
    return error.getClass().getSimpleName() + said;
  }

  /** Half a second, doubled each time, with a random share, so that many clients do not return at the same moment. */
  static double backoff(int attempt) {
    double seconds = Math.min(LONGEST_BACKOFF_SECONDS, 0.5 * Math.pow(2, attempt - 1));
    return seconds * ThreadLocalRandom.current().nextDouble(0.75, 1.25);
  }

  /** Seconds to wait, which the header states as a number or as a date; 0 without one. */
  private static double retryAfterSeconds(String text) {
    if (text == null) return 0;
    if (text.trim().matches("\\d{1,9}")) return Integer.parseInt(text.trim());
    try {
      ZonedDateTime date = ZonedDateTime.parse(text.trim(), DateTimeFormatter.RFC_1123_DATE_TIME);
      return Math.max(0, Duration.between(ZonedDateTime.now(date.getZone()), date).toMillis() / 1000.0);
    } catch (DateTimeParseException error) {
      return 0;
    }
  }

  /** The pause before the next poll: short at first, so that small work is answered soon. */
  static double nextPoll(double seconds) {
    return Math.min(LONGEST_POLL_SECONDS, seconds * 1.5);
  }

  /** Waits, and looks at least once whether to stop. */
  static void pause(double seconds, Progress progress) throws RestainException {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (true) {
      if (progress.isCancelled() || Thread.currentThread().isInterrupted()) throw RestainException.cancelled();
      long left = end - System.nanoTime();
      if (left <= 0) return;
      try {
        Thread.sleep(Math.min(100, left / 1_000_000 + 1));
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static int milliseconds(double seconds) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, seconds * 1000));
  }
}
