package restain.client;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A client of a Restain server. Several threads may use one client.
 *
 * <pre>{@code
 * RestainClient client = RestainClient.at("http://localhost:3000").build();
 * Result result = client.score(Source.of(path), new ScoreOptions().resolution("40x"), Progress.NONE);
 * System.out.println(result.percent + " % of " + result.total);
 * }</pre>
 *
 * <p>Requests are repeated after a lost connection, and while the server is busy (429, 502, 503, 504), not before the
 * time that it states in {@code Retry-After}. Failures are {@link RestainException}s in the server's words.
 */
public final class RestainClient {
  /** Version of this client. */
  public static final String VERSION = version();

  /** The server that this jar was downloaded from, where that server states its address; else one on this computer. */
  public static final String DEFAULT_SERVER =
      property("/restain/server.properties", "address", "http://localhost:3000");

  /** A proxy answers 502 or 504 for a server that is restarting. */
  private static final List<Integer> PASSING_STATUS = Arrays.asList(429, 502, 503, 504);

  /** These have status 503 too, but waiting a little does not help. */
  private static final List<String> LASTING_CODES = Arrays.asList("reader_unavailable", "storage_unavailable");

  /** The work is lost, not refused: the image is sent again. */
  private static final List<String> LOST_WORK = Arrays.asList("task_not_found", "result_dropped", "interrupted");

  private static final int SUBMISSIONS = 3;
  private static final long CHECK_SIZE_ABOVE = 8L << 20;
  private static final double FIRST_POLL_SECONDS = 0.2;
  private static final double LONGEST_POLL_SECONDS = 2;
  private static final double LONGEST_BACKOFF_SECONDS = 30;
  private static final int CLEANUP_MILLISECONDS = 5_000;

  private final Http http;
  private final Http cleanup;
  private final int retries;
  private final double busySeconds;

  /** Settings of a client. */
  public static final class Builder {
    private final String url;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private double timeoutSeconds = 300;
    private int retries = 4;
    private double busySeconds = 300;

    private Builder(String url) {
      this.url = url;
    }

    /** Sent with every request, for example a proxy's token. */
    public Builder header(String name, String value) {
      headers.put(name, value);
      return this;
    }

    /** How long to wait for one answer. The server turns longer work into tasks. */
    public Builder timeoutSeconds(double seconds) {
      timeoutSeconds = seconds;
      return this;
    }

    /** How often a request is repeated after a lost connection. */
    public Builder retries(int count) {
      retries = count;
      return this;
    }

    /** How long in total to wait for a server that answers 429 or 503. */
    public Builder busySeconds(double seconds) {
      busySeconds = seconds;
      return this;
    }

    public RestainClient build() {
      return new RestainClient(this);
    }
  }

  /**
   * Starts the settings of a client.
   *
   * @param url address of the server, like {@code https://restain.example.org}
   * @throws IllegalArgumentException if it is no address of the web
   */
  public static Builder at(String url) {
    try {
      URL address = new URL(url.trim());
      boolean isWeb = address.getProtocol().equals("http") || address.getProtocol().equals("https");
      if (isWeb && !address.getHost().isEmpty()) return new Builder(url.trim().replaceFirst("/+$", "") + "/");
    } catch (MalformedURLException error) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "A server's address must begin with http:// or https://; got \"" + url + "\".");
  }

  private RestainClient(Builder settings) {
    http = new Http(settings.url, settings.headers, milliseconds(settings.timeoutSeconds));
    cleanup = new Http(settings.url, settings.headers, CLEANUP_MILLISECONDS);
    retries = settings.retries;
    busySeconds = settings.busySeconds;
  }

  /**
   * Scores an image by a task, so that progress is reported. However the waiting ends, the task is deleted from the
   * server.
   */
  public Result score(Source image, ScoreOptions options, Progress progress) throws IOException {
    for (int submission = 1; ; submission++)
      try {
        return await(submit(image, options, progress), progress);
      } catch (RestainException error) {
        if (!LOST_WORK.contains(error.code()) || submission == SUBMISSIONS) throw error;
        pause(backoff(submission), progress);
      }
  }

  /** Scores an image by one request, which is the quickest for small images. Longer work becomes a task. */
  public Result infer(Source image, ScoreOptions options, Progress progress) throws IOException {
    return requestWork("api/infer", Collections.singletonMap("img", image), options, progress);
  }

  /**
   * Scores maps that were inferred earlier, with other thresholds or regions.
   *
   * @param image the image that was scored
   * @param segmentation its picture {@code Seg}
   * @param marker its picture {@code Marker}; null if the marker's threshold is not used
   */
  public Result postprocess(Source image, Source segmentation, Source marker, ScoreOptions options, Progress progress)
      throws IOException {
    Map<String, Source> files = new LinkedHashMap<>();
    files.put("img", image);
    files.put("seg_img", segmentation);
    if (marker != null) files.put("marker_img", marker);
    return requestWork("api/postprocess", files, options, progress);
  }

  /** Starts a task and returns its id. */
  public String submit(Source image, ScoreOptions options, Progress progress) throws IOException {
    refuseTooLarge(image, progress);
    progress.report(0, "sending");
    Map<String, Source> files = Collections.singletonMap("img", image);
    return taskOf(object(send(form("api/batch/infer", files, options), progress)), 200);
  }

  /** How far a task is. */
  public TaskStatus status(String taskId) throws IOException {
    return status(taskId, Progress.NONE);
  }

  /** Waits for a task to end. However the waiting ends, the task is deleted from the server. */
  public Result await(String taskId, Progress progress) throws IOException {
    try {
      for (double seconds = FIRST_POLL_SECONDS; ; seconds = Math.min(LONGEST_POLL_SECONDS, seconds * 1.5)) {
        TaskStatus status = status(taskId, progress);
        if (status.error != null) throw status.error;
        if (status.result != null) return status.result;
        progress.report(status.progress, status.stage);
        pause(seconds, progress);
      }
    } finally {
      forget(taskId);
    }
  }

  /** Stops a task, and deletes it from the server. */
  public void cancel(String taskId) throws IOException {
    send(new Http.Request("DELETE", taskPath(taskId)), Progress.NONE);
  }

  /**
   * A file of an analysis that was made on the site, as its page saves it. Changes that are not saved there are not in it.
   *
   * @param analysisId the last part of the page's address
   * @param name {@code all.zip report.pdf scoring.json nuclei.csv nuclei.geojson nuclei-imagej.zip provenance.json}, or a
   *     picture like {@code Seg.png}
   */
  public byte[] export(String analysisId, String name) throws IOException {
    return export(analysisId, name, Collections.<String, String>emptyMap());
  }

  /**
   * As {@link #export(String, String)}.
   *
   * @param options how the file is written, by name: {@code coordinates} ({@code image}, or {@code slide}: pixels of the
   *     file's full resolution), {@code geojson_classes} ({@code positive}, {@code grades}), {@code csv} ({@code comma},
   *     {@code semicolon})
   */
  public byte[] export(String analysisId, String name, Map<String, String> options) throws IOException {
    if (!analysisId.matches("[\\w-]+") || !name.matches("[\\w.-]+"))
      throw new IllegalArgumentException("an id and a file name are needed; got \"" + analysisId + "\" and \"" + name + "\"");
    StringBuilder path = new StringBuilder(analysisPath(analysisId) + "/exports/" + name);
    char before = '?';
    for (Map.Entry<String, String> option : options.entrySet()) {
      path.append(before).append(encoded(option.getKey())).append('=').append(encoded(option.getValue()));
      before = '&';
    }
    Http.Answer answer = send(new Http.Request("GET", path.toString()), Progress.NONE);
    if (!answer.isAttachment) throw unexpected(answer);
    return answer.body;
  }

  /**
   * Replaces the regions of an analysis that was made on the site, and has it counted anew. Thresholds and corrections
   * stay. Changes that are not saved on its page are not in it.
   *
   * @param analysisId the last part of the page's address
   * @param regions in pixels of the file's full resolution, counted from corners; none for the whole image
   * @return the numbers, without nuclei and pictures
   * @throws RestainException {@code revision_conflict} if somebody saved another result at the same moment
   */
  public Result replaceRegions(String analysisId, List<Region> regions) throws IOException {
    if (!analysisId.matches("[\\w-]+")) throw new IllegalArgumentException("an id is needed; got \"" + analysisId + "\"");
    JsonObject analysis = object(send(new Http.Request("GET", analysisPath(analysisId)), Progress.NONE));
    JsonObject done = analysis.getObject("result");
    if (done == null)
      throw new RestainException(
          "wrong_state", "The analysis is " + analysis.getString("state", "unknown") + ": it has no result yet.", 0);
    JsonObject scoring = new JsonObject(analysis.getObject("scoring", new JsonObject()));
    scoring.put("regions", Region.write(regions, analysis.getObject("source", new JsonObject())));
    scoring.put("expected_revision", done.getInt("revision"));
    Http.Request update =
        new Http.Request("PUT", analysisPath(analysisId) + "/scoring", JsonWriter.string(scoring));
    JsonObject updated = object(send(update, Progress.NONE)).getObject("result");
    if (updated == null) throw new RestainException("unexpected_answer", "The server answered without a result.", 200);
    return Result.of(updated);
  }

  /** Address of the server; it ends with a slash. */
  String address() {
    return http.base;
  }

  /** State of the server: version, models, limits. */
  public Health health() throws IOException {
    return health(Progress.NONE);
  }

  private Health health(Progress progress) throws IOException {
    return new Health(object(send(new Http.Request("GET", "api/health"), progress)));
  }

  private Result requestWork(String path, Map<String, Source> files, ScoreOptions options, Progress progress)
      throws IOException {
    for (Source file : files.values()) refuseTooLarge(file, progress);
    for (int submission = 1; ; submission++)
      try {
        Http.Answer answer = send(form(path, files, options), progress);
        return answer.status == 202 ? await(taskOf(object(answer), 202), progress) : Result.of(object(answer));
      } catch (RestainException error) {
        if (!LOST_WORK.contains(error.code()) || submission == SUBMISSIONS) throw error;
        pause(backoff(submission), progress);
      }
  }

  /** One request, repeated while the connection is lost or the server is busy. */
  private Http.Answer send(Http.Request request, Progress progress) throws IOException {
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

  private TaskStatus status(String taskId, Progress progress) throws IOException {
    JsonObject answer = object(send(new Http.Request("GET", taskPath(taskId)), progress));
    String state = answer.getString("state", "");
    Result result = null;
    RestainException error = null;
    if (state.equals("SUCCESS")) result = Result.of(answer.getObject("result", new JsonObject()));
    else if (state.equals("FAILURE")) error = RestainException.ofProblem(answer.getObject("error", new JsonObject()), 0);
    else if (state.equals("REVOKED")) error = new RestainException("cancelled", "The task was cancelled on the server.", 0);
    return new TaskStatus(state, answer.getDouble("progress"), answer.getString("stage", "waiting"), result, error);
  }

  /** Deletes a task. It is tried once; a failure here must not hide the first error. */
  private void forget(String taskId) {
    // An interrupted thread could not wait for the answer.
    boolean wasInterrupted = Thread.interrupted();
    try {
      cleanup.send(new Http.Request("DELETE", taskPath(taskId)), Progress.NONE);
    } catch (IOException error) {
      // The server drops it by itself after a while.
    } finally {
      if (wasInterrupted) Thread.currentThread().interrupt();
    }
  }

  /** Asks for the limits before a large image is sent: the server would refuse it only after the upload. */
  private void refuseTooLarge(Source image, Progress progress) throws IOException {
    if (image.size() <= CHECK_SIZE_ABOVE) return;
    Health limits = health(progress);
    if (image.pixels() > limits.pixels)
      throw new RestainException(
          "image_too_large",
          String.format(Locale.ROOT, "The image has %,d pixels; the server takes %,d.", image.pixels(), limits.pixels),
          0);
    if (image.size() > limits.uploadBytes)
      throw new RestainException(
          "upload_too_large",
          String.format(Locale.ROOT, "The image has %,d bytes; the server takes %,d.", image.size(), limits.uploadBytes),
          0);
  }

  private static Http.Request form(String path, Map<String, Source> files, ScoreOptions options) {
    Map<String, String> fields = options.fields();
    if (!fields.containsKey("include")) fields.put("include", "cells");
    return new Http.Request("POST", path, files, fields);
  }

  private static String taskOf(JsonObject answer, int status) throws RestainException {
    String task = answer.getString("task_id", "");
    if (!task.isEmpty()) return task;
    throw new RestainException("unexpected_answer", "The server accepted the work without a task_id.", status);
  }

  private static String taskPath(String taskId) {
    return "api/batch/infer/" + taskId;
  }

  private static String analysisPath(String analysisId) {
    return "api/analyses/" + analysisId;
  }

  private static String encoded(String text) throws IOException {
    return URLEncoder.encode(text, "UTF-8");
  }

  private static JsonObject object(Http.Answer answer) throws RestainException {
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
  private static RestainException unexpected(Http.Answer answer) {
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
  private static double backoff(int attempt) {
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

  private static void pause(double seconds, Progress progress) throws RestainException {
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

  private static String version() {
    return property("version.properties", "version", "unknown");
  }

  /** A property of a file in this jar. */
  private static String property(String file, String name, String otherwise) {
    Properties properties = new Properties();
    try (InputStream stream = RestainClient.class.getResourceAsStream(file)) {
      if (stream != null) properties.load(stream);
    } catch (IOException error) {
      throw new IllegalStateException(error);
    }
    return properties.getProperty(name, otherwise);
  }
}
