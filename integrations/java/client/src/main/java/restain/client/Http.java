package restain.client;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One request at a time over {@link HttpURLConnection}, which can be cancelled. */
final class Http {
  /** A request. Files and fields make it a form. */
  static final class Request {
    final String method;
    final String path;
    final Map<String, Source> files;
    final Map<String, String> fields;

    /** A body of JSON; null for none. */
    final String json;

    Request(String method, String path) {
      this(method, path, null);
    }

    Request(String method, String path, String json) {
      this.method = method;
      this.path = path;
      this.json = json;
      files = Collections.emptyMap();
      fields = Collections.emptyMap();
    }

    Request(String method, String path, Map<String, Source> files, Map<String, String> fields) {
      this.method = method;
      this.path = path;
      this.files = files;
      this.fields = fields;
      json = null;
    }
  }

  /** An answer, read to its end. */
  static final class Answer {
    final String address;
    final int status;
    final String contentType;
    final String retryAfter;
    final String location;

    /** Whether the answer is a file to be saved. */
    final boolean isAttachment;

    final byte[] body;

    private Answer(HttpURLConnection connection, byte[] body) throws IOException {
      address = connection.getURL().toString();
      status = connection.getResponseCode();
      contentType = connection.getContentType();
      retryAfter = connection.getHeaderField("Retry-After");
      location = connection.getHeaderField("Location");
      isAttachment = String.valueOf(connection.getHeaderField("Content-Disposition")).startsWith("attachment");
      this.body = body;
    }

    /** The JSON object of the body; null if it has none. */
    JsonObject json() {
      try {
        return JsonParser.object().from(new ByteArrayInputStream(body));
      } catch (JsonParserException error) {
        return null;
      }
    }
  }

  private static final int CONNECT_MILLISECONDS = 10_000;
  private static final int POLL_MILLISECONDS = 100;

  final String base;
  private final Map<String, String> headers;
  private final int timeoutMilliseconds;

  /** Threads end by themselves when they have nothing to do, and never keep a program running. */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "restain");
            thread.setDaemon(true);
            return thread;
          });

  Http(String base, Map<String, String> headers, int timeoutMilliseconds) {
    this.base = base;
    this.headers = new LinkedHashMap<>(headers);
    this.timeoutMilliseconds = timeoutMilliseconds;
  }

  /** Sends once. While it waits it asks several times a second whether to stop. */
  Answer send(Request request, Progress progress) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(base + request.path).openConnection();
    Future<Answer> answer = threads.submit(() -> exchange(connection, request));
    while (true)
      try {
        return answer.get(POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException waiting) {
        if (progress.isCancelled()) throw stop(connection, answer);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw stop(connection, answer);
      } catch (ExecutionException failed) {
        if (failed.getCause() instanceof IOException) throw (IOException) failed.getCause();
        throw new IllegalStateException(failed.getCause());
      }
  }

  /** Closing the connection tells the server that nobody waits any more. */
  private static RestainException stop(HttpURLConnection connection, Future<Answer> answer) {
    answer.cancel(true);
    connection.disconnect();
    return RestainException.cancelled();
  }

  private Answer exchange(HttpURLConnection connection, Request request) throws IOException {
    connection.setRequestMethod(request.method);
    connection.setConnectTimeout(CONNECT_MILLISECONDS);
    connection.setReadTimeout(timeoutMilliseconds);
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setRequestProperty("Accept", "application/json");
    connection.setRequestProperty("User-Agent", "restain-java/" + RestainClient.VERSION);
    for (Map.Entry<String, String> header : headers.entrySet())
      connection.setRequestProperty(header.getKey(), header.getValue());
    if (!request.files.isEmpty()) sendForm(connection, request);
    if (request.json != null) sendJson(connection, request.json.getBytes(StandardCharsets.UTF_8));
    int status = connection.getResponseCode();
    try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      return new Answer(connection, body == null ? new byte[0] : readAll(body));
    }
  }

  private static void sendJson(HttpURLConnection connection, byte[] json) throws IOException {
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/json");
    connection.setFixedLengthStreamingMode(json.length);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(json);
    }
  }

  private static void sendForm(HttpURLConnection connection, Request request) throws IOException {
    String boundary = "restain-" + UUID.randomUUID();
    List<InputStream> parts = new ArrayList<>();
    long length = 0;
    for (Map.Entry<String, String> field : request.fields.entrySet())
      length += add(parts, head(boundary, field.getKey(), "") + "\r\n" + field.getValue() + "\r\n");
    for (Map.Entry<String, Source> file : request.files.entrySet()) {
      String kind = "; filename=\"image\"\r\nContent-Type: application/octet-stream";
      length += add(parts, head(boundary, file.getKey(), kind) + "\r\n") + file.getValue().size();
      parts.add(file.getValue().open());
      length += add(parts, "\r\n");
    }
    length += add(parts, "--" + boundary + "--\r\n");
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "multipart/form-data; boundary=" + boundary);
    // With a known length nothing is buffered, and Java never repeats the request by itself.
    connection.setFixedLengthStreamingMode(length);
    try (InputStream form = new SequenceInputStream(Collections.enumeration(parts));
        OutputStream out = connection.getOutputStream()) {
      copy(form, out);
    }
  }

  private static String head(String boundary, String name, String more) {
    return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n";
  }

  private static int add(List<InputStream> parts, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    parts.add(new ByteArrayInputStream(bytes));
    return bytes.length;
  }

  private static byte[] readAll(InputStream from) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    copy(from, bytes);
    return bytes.toByteArray();
  }

  private static void copy(InputStream from, OutputStream to) throws IOException {
    byte[] block = new byte[1 << 16];
    for (int count; (count = from.read(block)) >= 0; ) {
      if (Thread.currentThread().isInterrupted()) throw RestainException.cancelled();
      to.write(block, 0, count);
    }
  }
}
