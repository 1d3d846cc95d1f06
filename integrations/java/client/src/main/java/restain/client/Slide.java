package restain.client;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import java.awt.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A whole slide that the server keeps: sent once, scored in parts or whole. {@link RestainClient#createSlide} begins one.
 * Coordinates are pixels of its full resolution, counted from its upper left corner.
 */
public final class Slide {
  private static final int FRUITLESS_ROUNDS = 3;
  private static final int CONFLICTS = 5;

  /** The last part of its page's address. Whoever has it may do with the slide what they like. */
  public final String id;

  private final Exchange exchange;

  Slide(Exchange exchange, String id) {
    if (!id.matches("[\\w-]+")) throw new IllegalArgumentException("the id of a slide is needed; got \"" + id + "\"");
    this.exchange = exchange;
    this.id = id;
  }

  /** Address of its page. */
  public String address() {
    return exchange.address + "slides/" + id;
  }

  /** Where it stands. */
  public SlideStatus status() throws IOException {
    return status(Progress.NONE);
  }

  private SlideStatus status(Progress progress) throws IOException {
    return new SlideStatus(get("", progress));
  }

  /**
   * Sends the parts of the file that have not arrived. After a failure the same call goes on where it ended, with the same
   * file; also later and from another program, by {@link RestainClient#slide}.
   *
   * @throws RestainException {@code upload_incomplete} if parts do not arrive, {@code wrong_file} if the file has another
   *     size
   */
  public void upload(Path file, Progress progress) throws IOException {
    JsonObject upload = missingParts(progress);
    long bytes = upload.getLong("bytes");
    if (bytes != Files.size(file))
      throw new RestainException(
          "wrong_file", "The slide was begun for a file of " + bytes + " bytes; this one has " + Files.size(file) + ".", 0);
    int fruitless = 0;
    for (JsonArray missing = upload.getArray("missing"); !missing.isEmpty(); ) {
      try {
        for (Object part : missing) send(file, (JsonObject) part, bytes, progress);
      } catch (RestainException error) {
        // Links are good for some minutes.
        if (error.status() != 403) throw error;
      }
      JsonArray left = missingParts(progress).getArray("missing");
      fruitless = left.size() < missing.size() ? 0 : fruitless + 1;
      if (fruitless == FRUITLESS_ROUNDS)
        throw new RestainException("upload_incomplete", left.size() + " parts of the file did not arrive on the server.", 0);
      missing = left;
    }
  }

  private JsonObject missingParts(Progress progress) throws IOException {
    JsonObject upload = get("/upload", progress).getObject("upload");
    if (upload == null || upload.getArray("missing") == null)
      throw new RestainException("unexpected_answer", "The server states no parts of the upload.", 200);
    return upload;
  }

  private void send(Path file, JsonObject part, long bytes, Progress progress) throws IOException {
    Exchange.pause(0, progress);
    long offset = part.getLong("offset");
    Http.Request request = new Http.Request(part.getString("method", "PUT"), part.getString("url"));
    for (Map.Entry<String, Object> header : part.getObject("headers", new JsonObject()).entrySet())
      request.header(header.getKey(), String.valueOf(header.getValue()));
    exchange.send(request.body(Source.part(file, offset, part.getLong("bytes"))), progress);
    progress.report((offset + part.getLong("bytes")) / (double) bytes, "uploading");
  }

  /**
   * Has the server write the copy that is kept, and waits for it.
   *
   * @param choice which image of the file
   * @throws RestainException {@code choice_needed} if the file has several and none is chosen; then it can be called again
   */
  public SlideStatus ingest(SlideChoice choice, Progress progress) throws IOException {
    if (status(progress).state.equals("choosing")) return choose(choice, progress);
    startIngest(choice.first(), progress);
    SlideStatus status = awaitIngest(progress);
    return status.state.equals("choosing") ? choose(choice, progress) : status;
  }

  private SlideStatus choose(SlideChoice choice, Progress progress) throws IOException {
    JsonObject chosen = choice.first().has("series") ? choice.first() : choice.among(status(progress).images());
    startIngest(chosen, progress);
    SlideStatus status = awaitIngest(progress);
    if (status.state.equals("choosing")) choice.among(status.images());
    return status;
  }

  /** If a lost connection hid that it was begun, the server refuses to begin it again. */
  private void startIngest(JsonObject body, Progress progress) throws IOException {
    try {
      post("/ingest", body, progress);
    } catch (RestainException error) {
      boolean isUnderWay = error.code().equals("wrong_state") && !status(progress).state.equals("uploading");
      if (!isUnderWay) throw error;
    }
  }

  /** Waits while the server writes its copy. */
  private SlideStatus awaitIngest(Progress progress) throws IOException {
    for (double seconds = Exchange.FIRST_POLL_SECONDS; ; seconds = Exchange.nextPoll(seconds)) {
      SlideStatus status = status(progress);
      if (status.state.equals("ready") || status.state.equals("choosing")) return status;
      if (status.error != null) throw status.error;
      if (!status.state.equals("queued") && !status.state.equals("running"))
        throw new RestainException("cancelled", "The slide is " + status.state + " on the server.", 0);
      progress.report(status.progress(), status.stage());
      Exchange.pause(seconds, progress);
    }
  }

  /** The regions that are drawn; at the first time the tissue, as the server finds it. */
  public SlideAnnotations annotations() throws IOException {
    return new SlideAnnotations(get("/annotations", Progress.NONE));
  }

  /**
   * Replaces all annotations.
   *
   * @param base what was changed
   * @throws RestainException {@code revision_conflict} if somebody has changed them meanwhile
   */
  public SlideAnnotations saveAnnotations(SlideAnnotations base, Collection<SlideAnnotation> all) throws IOException {
    JsonArray written = new JsonArray();
    for (SlideAnnotation one : all) written.add(one.toJson());
    JsonObject body = new JsonObject();
    body.put("base_revision", base.revision);
    body.put("annotations", written);
    JsonObject saved = put("/annotations", body);
    saved.put("annotations", written);
    return new SlideAnnotations(saved);
  }

  /** Adds annotations to those that are there. One with the id of another replaces it. */
  public SlideAnnotations addAnnotations(Collection<SlideAnnotation> annotations) throws IOException {
    for (int attempt = 1; ; attempt++) {
      SlideAnnotations there = annotations();
      try {
        return saveAnnotations(there, there.with(annotations));
      } catch (RestainException error) {
        if (!error.code().equals("revision_conflict") || attempt == CONFLICTS) throw error;
      }
    }
  }

  /**
   * Changes how nuclei are found and counted.
   *
   * @param options those of {@code model prob_thresh size_thresh size_thresh_upper marker_thresh intensity_two_plus
   *     intensity_three_plus microns_per_pixel marker}; what is left out stays
   * @throws IllegalArgumentException if there is another option: an image has those, and a slide has not
   */
  public void changeSettings(ScoreOptions options) throws IOException {
    Map<String, String> given = options.fields();
    if (given.isEmpty()) return;
    JsonObject settings = get("/settings", Progress.NONE);
    Object revision = settings.remove("revision");
    for (Map.Entry<String, String> option : given.entrySet()) {
      if (!ScoreOptions.OF_SLIDES.contains(option.getKey()))
        throw new IllegalArgumentException("A slide has no option " + option.getKey() + ".");
      settings.put(option.getKey(), number(option.getValue()));
    }
    settings.put("base_revision", revision);
    put("/settings", settings);
  }

  private static Object number(String text) {
    if (text.matches("\\d{1,9}")) return Integer.valueOf(text);
    return text.matches("\\d*\\.\\d+") ? (Object) Double.valueOf(text) : text;
  }

  /**
   * Scores a part of the slide, and waits. What was found before is not found again. If the waiting ends otherwise, the
   * scoring is cancelled on the server; what it has found stays.
   */
  public SlideScores score(SlideScope scope, Progress progress) throws IOException {
    JsonObject body = new JsonObject();
    body.put("scope", scope.toJson());
    String scoring = post("/scorings", body, progress).getString("id", "");
    if (scoring.isEmpty()) throw new RestainException("unexpected_answer", "The server began a scoring without an id.", 202);
    boolean isDone = false;
    try {
      awaitScoring("/scorings/" + scoring, progress);
      isDone = true;
    } finally {
      if (!isDone) exchange.cleanUp(new Http.Request("POST", path("/scorings/" + scoring + "/cancel")));
    }
    return scores();
  }

  private void awaitScoring(String scoring, Progress progress) throws IOException {
    for (double seconds = Exchange.FIRST_POLL_SECONDS; ; seconds = Exchange.nextPoll(seconds)) {
      JsonObject answer = get(scoring, progress);
      String state = answer.getString("state", "");
      if (state.equals("done")) return;
      if (state.equals("failed")) throw RestainException.ofProblem(answer.getObject("problem", new JsonObject()), 0);
      if (!state.equals("queued") && !state.equals("running"))
        throw new RestainException("cancelled", "The scoring is " + state + " on the server.", 0);
      JsonObject now = answer.getObject("progress", new JsonObject());
      double share = now.getDouble("cells_done") / Math.max(1, now.getDouble("cells"));
      progress.report(share, state.equals("queued") ? "waiting" : "scoring");
      Exchange.pause(seconds, progress);
    }
  }

  /** All numbers, by the latest settings and annotations. */
  public SlideScores scores() throws IOException {
    return new SlideScores(get("/scores", Progress.NONE));
  }

  /**
   * Saves a file of the slide's result. It appears once it is complete.
   *
   * @param name {@code all.zip report.pdf scores.json regions.geojson nuclei.geojson.gz nuclei.csv.gz nuclei.parquet
   *     heatmap.png heatmap.ome.tif}; or {@code modalities.ome.tif}, which is inferred of the option {@code region} ({@code
   *     x,y,width,height}) or {@code annotation} (its id)
   * @param options how it is written, by name: {@code geojson_classes} ({@code positive}, {@code grades}, {@code kinds}),
   *     {@code csv} ({@code comma}, {@code semicolon}), {@code features} ({@code none}, {@code all}: those that kinds are told
   *     by), {@code heat_map} ({@code index}, {@code density}), {@code heat_map_um}
   * @param file where it is saved
   * @throws FileAlreadyExistsException if there is a file already
   */
  public void export(String name, Map<String, String> options, Path file, Progress progress) throws IOException {
    if (!name.matches("[\\w.-]+")) throw new IllegalArgumentException("a file name is needed; got \"" + name + "\"");
    if (Files.exists(file)) throw new FileAlreadyExistsException(file.toString());
    Path folder = file.toAbsolutePath().getParent();
    Path unfinished = Files.createTempFile(folder, ".restain-", "");
    try {
      Http.Request request = new Http.Request("GET", path("/exports/" + name + Exchange.query(options)));
      Http.Answer answer = exchange.send(request.into(unfinished), progress);
      if (!answer.isAttachment) throw Exchange.unexpected(answer);
      Files.move(unfinished, file);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** The annotations with their numbers, and the hot spots, as GeoJSON of QuPath's annotations. */
  public String regions() throws IOException {
    Http.Answer answer = exchange.send(new Http.Request("GET", path("/exports/regions.geojson")), Progress.NONE);
    if (!answer.isAttachment) throw Exchange.unexpected(answer);
    return new String(answer.body, StandardCharsets.UTF_8);
  }

  /**
   * The nuclei as GeoJSON of QuPath's detections, in portions: a slide may have more than a text can hold.
   *
   * @param region only nuclei with their centre in it; null for all
   * @param classes {@code positive}, {@code grades} or {@code kinds}
   * @param portion of each FeatureCollection
   * @return how many nuclei there were
   */
  public int detections(Shape region, String classes, Progress progress, Consumer<String> portion) throws IOException {
    Path folder = Files.createTempDirectory("restain-");
    Path file = folder.resolve("nuclei.geojson.gz");
    try {
      export("nuclei.geojson.gz", Collections.singletonMap("geojson_classes", classes), file, progress);
      return DetectionFile.forEachPortion(file, region, portion);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  /**
   * The nuclei as a list, which needs about a kilobyte of memory each. The kind of a nucleus is empty where somebody taught a
   * class of another name.
   *
   * @param region only nuclei with their centre in it; null for all
   */
  public List<Nucleus> nuclei(Shape region, Progress progress) throws IOException {
    Path folder = Files.createTempDirectory("restain-");
    Path file = folder.resolve("nuclei.geojson.gz");
    List<Nucleus> nuclei = new ArrayList<>();
    try {
      export(file.getFileName().toString(), Collections.singletonMap("geojson_classes", "kinds"), file, progress);
      DetectionFile.forEach(file, region, feature -> nuclei.add(Nucleus.ofDetection(feature)));
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
    return nuclei;
  }

  /** Removes every trace of it from the server at once. */
  public void delete() throws IOException {
    exchange.send(new Http.Request("DELETE", path("")), Progress.NONE);
  }

  String path(String rest) {
    return "api/slides/" + id + rest;
  }

  private JsonObject get(String rest, Progress progress) throws IOException {
    return Exchange.object(exchange.send(new Http.Request("GET", path(rest)), progress));
  }

  private JsonObject post(String rest, JsonObject body, Progress progress) throws IOException {
    return Exchange.object(exchange.send(new Http.Request("POST", path(rest), JsonWriter.string(body)), progress));
  }

  private JsonObject put(String rest, JsonObject body) throws IOException {
    return Exchange.object(exchange.send(new Http.Request("PUT", path(rest), JsonWriter.string(body)), Progress.NONE));
  }
}
