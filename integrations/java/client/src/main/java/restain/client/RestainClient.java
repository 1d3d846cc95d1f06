package restain.client;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

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

  /** The work is lost, not refused: the image is sent again. */
  private static final List<String> LOST_WORK = Arrays.asList("task_not_found", "result_dropped", "interrupted");

  /** States that the terms of use are accepted. */
  private static final Map<String, String> TERMS = Collections.singletonMap("Restain-Terms", "1");

  private static final int SUBMISSIONS = 3;
  private static final long CHECK_SIZE_ABOVE = 8L << 20;

  private final Exchange exchange;

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
    exchange =
        new Exchange(settings.url, settings.headers, settings.timeoutSeconds, settings.retries, settings.busySeconds);
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
        Exchange.pause(Exchange.backoff(submission), progress);
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
    return taskOf(Exchange.object(exchange.send(form("api/batch/infer", files, options), progress)), 200);
  }

  /** How far a task is. */
  public TaskStatus status(String taskId) throws IOException {
    return status(taskId, Progress.NONE);
  }

  /** Waits for a task to end. However the waiting ends, the task is deleted from the server. */
  public Result await(String taskId, Progress progress) throws IOException {
    try {
      for (double seconds = Exchange.FIRST_POLL_SECONDS; ; seconds = Exchange.nextPoll(seconds)) {
        TaskStatus status = status(taskId, progress);
        if (status.error != null) throw status.error;
        if (status.result != null) return status.result;
        progress.report(status.progress, status.stage);
        Exchange.pause(seconds, progress);
      }
    } finally {
      forget(taskId);
    }
  }

  /** Stops a task, and deletes it from the server. */
  public void cancel(String taskId) throws IOException {
    exchange.send(new Http.Request("DELETE", taskPath(taskId)), Progress.NONE);
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
   *     file's full resolution), {@code geojson_classes} ({@code positive}, {@code grades}, {@code kinds}), {@code csv} ({@code
   *     comma}, {@code semicolon}), {@code features} ({@code none}, {@code all}: those that kinds are told by)
   */
  public byte[] export(String analysisId, String name, Map<String, String> options) throws IOException {
    if (!analysisId.matches("[\\w-]+") || !name.matches("[\\w.-]+"))
      throw new IllegalArgumentException("an id and a file name are needed; got \"" + analysisId + "\" and \"" + name + "\"");
    String path = analysisPath(analysisId) + "/exports/" + name + Exchange.query(options);
    Http.Answer answer = exchange.send(new Http.Request("GET", path), Progress.NONE);
    if (!answer.isAttachment) throw Exchange.unexpected(answer);
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
    JsonObject analysis = Exchange.object(exchange.send(new Http.Request("GET", analysisPath(analysisId)), Progress.NONE));
    JsonObject done = analysis.getObject("result");
    if (done == null)
      throw new RestainException(
          "wrong_state", "The analysis is " + analysis.getString("state", "unknown") + ": it has no result yet.", 0);
    JsonObject scoring = new JsonObject(analysis.getObject("scoring", new JsonObject()));
    scoring.put("regions", Region.write(regions, analysis.getObject("source", new JsonObject())));
    scoring.put("expected_revision", done.getInt("revision"));
    Http.Request update =
        new Http.Request("PUT", analysisPath(analysisId) + "/scoring", JsonWriter.string(scoring));
    JsonObject updated = Exchange.object(exchange.send(update, Progress.NONE)).getObject("result");
    if (updated == null) throw new RestainException("unexpected_answer", "The server answered without a result.", 200);
    return Result.of(updated);
  }

  /**
   * A slide that the server keeps.
   *
   * @param id the last part of its page's address: of the edit link, or of the view link
   */
  public Slide slide(String id) {
    return new Slide(exchange, id);
  }

  /**
   * Begins a slide of a file to come: then {@link Slide#upload} and {@link Slide#ingest}. The server keeps it until it is
   * deleted or expires.
   *
   * @param bytes size of the file
   * @param areTermsAccepted states that the terms of use on the server's home page are accepted
   * @throws IllegalArgumentException if they are not
   */
  public Slide createSlide(long bytes, boolean areTermsAccepted) throws IOException {
    if (!areTermsAccepted)
      throw new IllegalArgumentException(
          "The server keeps a slide that is sent: read its terms of use (" + address() + "), and state that you accept them.");
    return createSlide("{\"bytes\":" + bytes + "}", TERMS);
  }

  /** Begins a slide of a sample that the server ships, like {@code slide-ki67}; then {@link Slide#ingest}. */
  public Slide createSampleSlide(String sample) throws IOException {
    JsonObject body = new JsonObject();
    body.put("sample", sample);
    return createSlide(JsonWriter.string(body), Collections.<String, String>emptyMap());
  }

  private Slide createSlide(String body, Map<String, String> headers) throws IOException {
    Http.Request request = new Http.Request("POST", "api/slides", body);
    request.headers.putAll(headers);
    String id = Exchange.object(exchange.send(request, Progress.NONE)).getString("id", "");
    if (id.isEmpty()) throw new RestainException("unexpected_answer", "The server created a slide without an id.", 201);
    return slide(id);
  }

  /**
   * Sends a file and waits until the server has its copy. If that fails or is cancelled, the slide is deleted again. For an
   * upload that goes on after a failure use the single steps.
   *
   * @param choice which image of the file
   * @throws IllegalArgumentException if the terms are not accepted, see {@link #createSlide}
   */
  public Slide sendSlide(Path file, boolean areTermsAccepted, SlideChoice choice, Progress progress) throws IOException {
    Slide slide = createSlide(Files.size(file), areTermsAccepted);
    boolean isReady = false;
    try {
      slide.upload(file, progress);
      slide.ingest(choice, progress);
      isReady = true;
      return slide;
    } finally {
      if (!isReady) exchange.cleanUp(new Http.Request("DELETE", slide.path("")));
    }
  }

  /** Address of the server; it ends with a slash. */
  public String address() {
    return exchange.address;
  }

  /** State of the server: version, models, limits. */
  public Health health() throws IOException {
    return health(Progress.NONE);
  }

  private Health health(Progress progress) throws IOException {
    return new Health(Exchange.object(exchange.send(new Http.Request("GET", "api/health"), progress)));
  }

  private Result requestWork(String path, Map<String, Source> files, ScoreOptions options, Progress progress)
      throws IOException {
    for (Source file : files.values()) refuseTooLarge(file, progress);
    for (int submission = 1; ; submission++)
      try {
        Http.Answer answer = exchange.send(form(path, files, options), progress);
        return answer.status == 202 ? await(taskOf(Exchange.object(answer), 202), progress) : Result.of(Exchange.object(answer));
      } catch (RestainException error) {
        if (!LOST_WORK.contains(error.code()) || submission == SUBMISSIONS) throw error;
        Exchange.pause(Exchange.backoff(submission), progress);
      }
  }

  private TaskStatus status(String taskId, Progress progress) throws IOException {
    JsonObject answer = Exchange.object(exchange.send(new Http.Request("GET", taskPath(taskId)), progress));
    String state = answer.getString("state", "");
    Result result = null;
    RestainException error = null;
    if (state.equals("SUCCESS")) result = Result.of(answer.getObject("result", new JsonObject()));
    else if (state.equals("FAILURE")) error = RestainException.ofProblem(answer.getObject("error", new JsonObject()), 0);
    else if (state.equals("REVOKED")) error = new RestainException("cancelled", "The task was cancelled on the server.", 0);
    return new TaskStatus(state, answer.getDouble("progress"), answer.getString("stage", "waiting"), result, error);
  }

  /** Deletes a task. */
  private void forget(String taskId) {
    exchange.cleanUp(new Http.Request("DELETE", taskPath(taskId)));
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
