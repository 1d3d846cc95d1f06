package restain.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Collections;
import java.util.List;
import java.util.Scanner;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that are busy, slow or away, and connections that are lost. */
class NetworkTest {
  private static final String JSON = "application/json";

  /** 3 megapixels: on one thread this takes more than the second after which the slow server answers with a task. */
  private static final BufferedImage LARGE = Fields.field(42, 45, 630);

  private static Result infer(String address) throws IOException {
    return infer(RestainClient.at(address), Fields.field());
  }

  private static Result infer(RestainClient.Builder settings, BufferedImage image) throws IOException {
    return settings.build().infer(Source.of(image), new ScoreOptions().resolution("40x"), Progress.NONE);
  }

  @Test
  void aLostConnectionIsTriedAgain() throws IOException {
    try (Middleman between = new Middleman(Servers.NORMAL, Middleman.HANG_UP, Middleman.HANG_UP)) {
      assertEquals(10, infer(between.address()).positive);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"503 Service Unavailable", "429 Too Many Requests"})
  void aBusyServerIsWaitedForAsLongAsItAsks(String status) throws IOException {
    Middleman.Misbehaviour busy = Middleman.problem(status, "queue_full", "Retry-After: 2");
    try (Middleman between = new Middleman(Servers.NORMAL, busy)) {
      long begun = System.nanoTime();
      assertEquals(10, infer(between.address()).positive);
      assertTrue(System.nanoTime() - begun > 2e9);
    }
  }

  @Test
  void aProxyWhoseServerRestartsIsWaitedFor() throws IOException {
    Middleman.Misbehaviour page = Middleman.reply("502 Bad Gateway", "text/html", "<html>");
    try (Middleman between = new Middleman(Servers.NORMAL, page)) {
      assertEquals(10, infer(between.address()).positive);
    }
  }

  @Test
  void waitingEndsWithTheErrorOfTheServer() throws IOException {
    Middleman.Misbehaviour busy = Middleman.problem("503 Service Unavailable", "queue_full", "Retry-After: 60");
    try (Middleman between = new Middleman(Servers.NORMAL, busy)) {
      RestainClient.Builder settings = RestainClient.at(between.address()).busySeconds(5);
      RestainException error = assertThrows(RestainException.class, () -> infer(settings, Fields.field()));
      assertEquals("queue_full Try again. 503", error.code() + " " + error.detail() + " " + error.status());
    }
  }

  @Test
  void aLastingFailureIsNotWaitedFor() throws IOException {
    Middleman.Misbehaviour lasting = Middleman.problem("503 Service Unavailable", "reader_unavailable");
    try (Middleman between = new Middleman(Servers.NORMAL, lasting)) {
      RestainException error = assertThrows(RestainException.class, () -> infer(between.address()));
      assertEquals("reader_unavailable", error.code());
    }
  }

  @Test
  void aServerThatIsAwayIsUnreachable() throws IOException {
    RestainClient.Builder settings = RestainClient.at("http://127.0.0.1:" + Servers.freePort()).retries(1);
    RestainException error = assertThrows(RestainException.class, () -> infer(settings, Fields.field()));
    assertEquals("unreachable 0", error.code() + " " + error.status());
  }

  static Stream<Middleman.Misbehaviour> strangers() {
    return Stream.of(
        Middleman.reply("200 OK", "text/html", "<html>welcome</html>"),
        Middleman.reply("301 Moved Permanently", "text/html", "", "Location: https://elsewhere.example/"),
        Middleman.reply("404 Not Found", "text/plain", "nothing here"),
        Middleman.reply("200 OK", JSON, "[1, 2]"),
        Middleman.reply("200 OK", JSON, "{\"images\": {}}"),
        Middleman.reply("202 Accepted", JSON, "{}"));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void anotherProgramAtTheAddressIsAnUnexpectedAnswer(Middleman.Misbehaviour stranger) throws IOException {
    try (Middleman between = new Middleman(Servers.NORMAL, stranger)) {
      RestainException error = assertThrows(RestainException.class, () -> infer(between.address()));
      assertEquals("unexpected_answer", error.code());
    }
  }

  @Test
  void aServerWithoutAnAnswerIsGivenUp() throws IOException {
    Middleman.Misbehaviour silent = connection -> connection.getInputStream().skip(Long.MAX_VALUE);
    try (Middleman between = new Middleman(Servers.NORMAL, silent)) {
      RestainClient.Builder settings = RestainClient.at(between.address()).timeoutSeconds(1);
      RestainException error = assertThrows(RestainException.class, () -> infer(settings, Fields.field()));
      assertEquals("no_answer", error.code());
    }
  }

  @Test
  void aLongAnalysisIsFollowedAsATaskThroughLostConnections() throws IOException {
    List<String> stages = new ArrayList<>();
    try (Middleman between = new Middleman(Servers.SLOW, null, Middleman.HANG_UP, null, Middleman.HANG_UP)) {
      // Without kept connections each request meets the middleman anew.
      RestainClient client = RestainClient.at(between.address()).header("Connection", "close").build();
      Progress progress = (share, stage) -> stages.add(stage);
      Result result = client.infer(Source.of(LARGE), new ScoreOptions().resolution("40x"), progress);
      assertEquals("1890 630", result.total + " " + result.positive);
    }
    assertFalse(Collections.disjoint(WORK, stages), stages.toString());
  }

  @Test
  void aTaskThatARestartLostIsSubmittedAgain() throws IOException {
    String lost = "{\"task_id\": \"AAAAAAAAAAAAAAAAAAAAAA\"}";
    try (Middleman between = new Middleman(Servers.NORMAL, Middleman.reply("202 Accepted", JSON, lost))) {
      assertEquals(10, infer(between.address()).positive);
    }
  }

  @Test
  void aFileAboveTheLimitIsRefusedBeforeItIsSent() {
    RestainClient client = RestainClient.at(Servers.SLOW).build();
    RestainException error =
        assertThrows(
            RestainException.class,
            () -> client.infer(Source.of(new byte[31_000_000]), new ScoreOptions(), Progress.NONE));
    assertEquals("upload_too_large", error.code());
    assertTrue(error.detail().contains("31,000,000") && error.detail().contains("30,000,000"), error.detail());
  }

  /** What a server works at. Which of them a poll meets depends on how fast it is. */
  private static final List<String> WORK = Arrays.asList("reading", "inferring", "scoring", "encoding");

  /** Stops at the first report that the server works. */
  private static Progress stopAtWork() {
    boolean[] isCancelled = {false};
    return new Progress() {
      @Override
      public void report(double share, String stage) {
        isCancelled[0] |= WORK.contains(stage);
      }

      @Override
      public boolean isCancelled() {
        return isCancelled[0];
      }
    };
  }

  @Test
  void cancellingStopsATask() throws IOException {
    RestainClient client = RestainClient.at(Servers.SLOW).build();
    ScoreOptions options = new ScoreOptions().resolution("40x");
    RestainException error =
        assertThrows(RestainException.class, () -> client.score(Source.of(LARGE), options, stopAtWork()));
    assertEquals("cancelled", error.code());
    waitUntilIdle(Servers.SLOW);
  }

  @Test
  void cancellingStopsARequest() throws IOException {
    long begun = System.nanoTime();
    Progress soon =
        new Progress() {
          @Override
          public void report(double share, String stage) {}

          @Override
          public boolean isCancelled() {
            return System.nanoTime() - begun > 1e9;
          }
        };
    ScoreOptions options = new ScoreOptions().resolution("40x");
    RestainException error =
        assertThrows(RestainException.class, () -> Servers.client().infer(Source.of(LARGE), options, soon));
    assertEquals("cancelled", error.code());
    waitUntilIdle(Servers.NORMAL);
  }

  @Test
  void interruptingTheThreadStopsATask() throws Exception {
    RestainClient client = RestainClient.at(Servers.SLOW).build();
    List<String> codes = Collections.synchronizedList(new ArrayList<>());
    Thread thread =
        new Thread(() -> {
          try {
            Progress interrupt = (share, stage) -> Thread.currentThread().interrupt();
            client.await(client.submit(Source.of(LARGE), new ScoreOptions(), Progress.NONE), interrupt);
          } catch (RestainException error) {
            codes.add(error.code() + " " + Thread.currentThread().isInterrupted());
          } catch (IOException error) {
            codes.add(error.toString());
          }
        });
    thread.start();
    thread.join();
    assertEquals(Collections.singletonList("cancelled true"), codes);
    waitUntilIdle(Servers.SLOW);
  }

  private static void waitUntilIdle(String url) throws IOException {
    String text = "";
    for (long end = System.nanoTime() + 30_000_000_000L; System.nanoTime() < end; ) {
      try (InputStream body = new URL(url + "/api/health").openStream();
          Scanner scanner = new Scanner(body, StandardCharsets.UTF_8.name())) {
        text = scanner.useDelimiter("\\A").next();
      }
      if (text.contains("\"waiting\":0") && text.contains("\"running\":0")) return;
    }
    throw new AssertionError("still at work: " + text);
  }
}
