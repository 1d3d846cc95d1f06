package restain.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of an analysis that was made on the site. */
class ExportTest {
  private static final RestainClient client = Servers.client();
  private static String analysis;

  /** Makes an analysis as the site does: upload, check, start. */
  @BeforeAll
  static void analyse() throws Exception {
    byte[] image = Source.png(Fields.field());
    JsonObject created = call("POST", "/api/analyses", "{\"bytes\":" + image.length + "}");
    analysis = created.getString("id");
    for (Object entry : created.getObject("upload").getArray("missing")) {
      JsonObject part = (JsonObject) entry;
      int offset = part.getInt("offset");
      put(part, Arrays.copyOfRange(image, offset, offset + part.getInt("bytes")));
    }
    call("POST", "/api/analyses/" + analysis + "/verify", "{}");
    call("POST", "/api/analyses/" + analysis + "/start", "{\"resolution\":\"40x\"}");
    for (long end = System.nanoTime() + 120_000_000_000L; System.nanoTime() < end; Thread.sleep(200)) {
      String state = call("GET", "/api/analyses/" + analysis, null).getString("state");
      if (state.equals("done")) return;
      if (state.equals("failed")) break;
    }
    throw new AssertionError("the analysis did not end");
  }

  private static JsonObject call(String method, String path, String body) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) new URL(Servers.NORMAL + path).openConnection();
    connection.setRequestMethod(method);
    connection.setRequestProperty("Restain-Terms", "1");
    if (body != null) {
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/json");
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body.getBytes(StandardCharsets.UTF_8));
      }
    }
    try (InputStream answer = connection.getInputStream()) {
      return JsonParser.object().from(answer);
    }
  }

  private static void put(JsonObject part, byte[] bytes) throws IOException {
    URL address = new URL(new URL(Servers.NORMAL), part.getString("url"));
    HttpURLConnection connection = (HttpURLConnection) address.openConnection();
    connection.setRequestMethod(part.getString("method"));
    for (Map.Entry<String, Object> header : part.getObject("headers").entrySet())
      connection.setRequestProperty(header.getKey(), String.valueOf(header.getValue()));
    connection.setDoOutput(true);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(bytes);
    }
    assertTrue(connection.getResponseCode() < 300, "the part was answered " + connection.getResponseCode());
  }

  @Test
  void nucleiAndPicturesAreFetched() throws IOException {
    String[] rows = new String(client.export(analysis, "nuclei.csv"), StandardCharsets.UTF_8).trim().split("\\R");
    assertEquals(31, rows.length);
    BufferedImage seg = ImageIO.read(new ByteArrayInputStream(client.export(analysis, "Seg.png")));
    assertArrayEquals(new int[] {240, 200}, new int[] {seg.getWidth(), seg.getHeight()});
  }

  @Test
  void anUnknownAnalysisOrFileRaisesTheErrorOfTheServer() {
    RestainException error =
        assertThrows(RestainException.class, () -> client.export("AAAAAAAAAAAAAAAAAAAAAA", "nuclei.csv"));
    assertEquals(404, error.status());
    assertThrows(RestainException.class, () -> client.export(analysis, "no-such-file.csv"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/../../health", "a?b"})
  void whatIsNoIdIsRefused(String id) {
    assertThrows(IllegalArgumentException.class, () -> client.export(id, "nuclei.csv"));
  }
}
