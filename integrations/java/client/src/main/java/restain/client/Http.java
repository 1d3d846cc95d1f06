package restain.client;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

    /** Besides those that every request has. */
    final Map<String, String> headers = new LinkedHashMap<>();

    /** A body of bytes; null for none. */
    private Source body;

    /** Where the body of a successful answer is written; null to keep it in memory. */
    private Path target;

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

    Request header(String name, String value) {
      headers.put(name, value);
      return this;
    }

    Request body(Source bytes) {
      body = bytes;
      return this;
    }

    Request into(Path file) {
      target = file;
      return this;
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
      // Without the query: links to a storage are keys.
      address = connection.getURL().toString().replaceFirst("\\?.*", "");
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
    HttpURLConnection connection = (HttpURLConnection) addressOf(request.path).openConnection();
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

  /** A server gives links by their paths on it, or as whole addresses of a storage elsewhere. */
  private URL addressOf(String path) throws IOException {
    return new URL(isAddress(path) ? path : base + path.replaceFirst("^/+", ""));
  }

  private static boolean isAddress(String path) {
    return path.startsWith("http://") || path.startsWith("https://");
  }

  /** Whether a request goes to the server itself. Headers that are meant for it must not go elsewhere. */
  private boolean isOwn(URL address) throws IOException {
    URL own = new URL(base);
    return address.getProtocol().equals(own.getProtocol())
        && address.getHost().equals(own.getHost())
        && portOf(address) == portOf(own);
  }

  private static int portOf(URL address) {
    return address.getPort() < 0 ? address.getDefaultPort() : address.getPort();
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
    if (isOwn(connection.getURL())) setHeaders(connection, headers);
    setHeaders(connection, request.headers);
    if (request.body != null) sendBytes(connection, request.body);
    if (!request.files.isEmpty()) sendForm(connection, request);
    if (request.json != null) sendJson(connection, request.json.getBytes(StandardCharsets.UTF_8));
    int status = connection.getResponseCode();
    try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      boolean isKept = request.target == null || status >= 300;
      if (!isKept)
        // What a lost connection left of an earlier try is written over.
        try (OutputStream file = new FileOutput(request.target)) {
          copy(body, file);
        }
      return new Answer(connection, isKept && body != null ? readAll(body) : new byte[0]);
    }
  }

  /** A full disk is no lost connection. */
  private static final class FileOutput extends FilterOutputStream {
    FileOutput(Path file) throws IOException {
      super(Files.newOutputStream(file));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException error) {
        throw new RestainException("file_not_written", "The file could not be written: " + error.getMessage() + ".", 0);
      }
    }
  }

  private static void setHeaders(HttpURLConnection connection, Map<String, String> headers) {
    for (Map.Entry<String, String> header : headers.entrySet())
      connection.setRequestProperty(header.getKey(), header.getValue());
  }

  private static void sendBytes(HttpURLConnection connection, Source bytes) throws IOException {
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(bytes.size());
    try (InputStream in = bytes.open();
        OutputStream out = connection.getOutputStream()) {
      copy(in, out);
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
