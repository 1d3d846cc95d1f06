package restain.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.awt.Rectangle;
import java.awt.geom.Area;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of an analysis that was made on the site. */
class ExportTest {
  private static final RestainClient client = Servers.client();
  private static final RestainClient slides = RestainClient.at(Servers.SLOW).build();
  private static String analysis;

  private static String slide;

  /** The second is larger than its server analyses at once, so a part of it is chosen. */
  @BeforeAll
  static void analyse() throws Exception {
    analysis = analyse(Servers.NORMAL, Source.png(Fields.field()), "{\"resolution\":\"40x\"}");
    String part = "{\"x\":800,\"y\":400,\"width\":160,\"height\":120}";
    slide = analyse(Servers.SLOW, Fields.tiledTiff(Fields.field(60, 56, 1000)), "{\"resolution\":\"40x\",\"region\":" + part + "}");
  }

  /** Makes an analysis as the site does: upload, check, start. */
  private static String analyse(String server, byte[] image, String start) throws Exception {
    JsonObject created = call(server, "POST", "/api/analyses", "{\"bytes\":" + image.length + "}");
    String id = created.getString("id");
    for (Object entry : created.getObject("upload").getArray("missing")) {
      JsonObject part = (JsonObject) entry;
      int offset = part.getInt("offset");
      put(server, part, Arrays.copyOfRange(image, offset, offset + part.getInt("bytes")));
    }
    call(server, "POST", "/api/analyses/" + id + "/verify", "{}");
    call(server, "POST", "/api/analyses/" + id + "/start", start);
    for (long end = System.nanoTime() + 120_000_000_000L; System.nanoTime() < end; Thread.sleep(200)) {
      String state = call(server, "GET", "/api/analyses/" + id, null).getString("state");
      if (state.equals("done")) return id;
      if (state.equals("failed")) break;
    }
    throw new AssertionError("the analysis did not end");
  }

  private static JsonObject call(String server, String method, String path, String body) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) new URL(server + path).openConnection();
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

  private static void put(String server, JsonObject part, byte[] bytes) throws IOException {
    URL address = new URL(new URL(server), part.getString("url"));
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
    assertThrows(IllegalArgumentException.class, () -> slides.export(id, "nuclei.csv"));
  }

  @Test
  void nucleiOfASlideComeInItsCoordinatesAsQuPathReadsThem() throws Exception {
    String text = geoJson(slide, "slide", "positive");
    QuPathSchema.check(text);
    QuPathFile file = QuPathFile.read(text);
    assertEquals("slide 12 0", file.coordinates + " " + file.nuclei + " " + file.regions);
    file.refuseOutside(2400, 2240);
    String sentence = assertThrows(IllegalArgumentException.class, () -> file.refuseOutside(900, 700)).getMessage();
    assertTrue(sentence.contains("900 x 700"), sentence);
    QuPathFile part = QuPathFile.read(geoJson(slide, "image", "positive"));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> part.refuseOutside(2400, 2240)).getMessage().contains("slide"));
    assertTrue(geoJson(slide, "slide", "grades").contains("+\""));
    assertThrows(IllegalArgumentException.class, () -> QuPathFile.read("[]"));
  }

  private static String geoJson(String id, String coordinates, String classes) throws IOException {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("coordinates", coordinates);
    options.put("geojson_classes", classes);
    return new String(slides.export(id, "nuclei.geojson", options), StandardCharsets.UTF_8);
  }

  @Test
  void annotationsBecomeTheRegionsOfAResult() throws Exception {
    Area ring = new Area(new Rectangle(800, 400, 160, 120));
    ring.subtract(new Area(new Rectangle(840, 440, 40, 40)));
    List<Region> regions =
        Arrays.asList(
            Region.ofAnnotation("ring", null, ring), Region.ofAnnotation(null, "Ignore*", new Rectangle(920, 0, 40, 2000)));
    Result counted = slides.replaceRegions(slide, regions);
    // Four columns of three nuclei, without the hole and without the last column.
    assertEquals(8, counted.total);
    QuPathFile file = QuPathFile.read(geoJson(slide, "slide", "positive"));
    assertEquals("8 2", file.nuclei + " " + file.regions);
    JsonObject stored = call(Servers.SLOW, "GET", "/api/analyses/" + slide, null);
    assertEquals("ring exclude", stored.getObject("scoring").getArray("regions").getObject(0).getString("name")
        + " " + stored.getObject("scoring").getArray("regions").getObject(1).getString("kind"));
    assertEquals(12, slides.replaceRegions(slide, Collections.<Region>emptyList()).total);
  }

  @Test
  void regionsOfWhatIsNotThereAreRefused() {
    RestainException error =
        assertThrows(
            RestainException.class,
            () -> slides.replaceRegions("AAAAAAAAAAAAAAAAAAAAAA", Collections.<Region>emptyList()));
    assertEquals(404, error.status());
  }
}
