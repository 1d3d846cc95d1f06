package restain.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Options of scripts, and addresses of results. */
class ScriptOptionsTest {
  private static ScriptOptions options(String... arguments) {
    Map<String, String> defaults = new LinkedHashMap<>();
    defaults.put("server", "");
    defaults.put("header", null);
    defaults.put("regions", "auto");
    defaults.put("prob_thresh", " 120 ");
    defaults.put("model", "");
    return new ScriptOptions(defaults, arguments);
  }

  @Test
  void argumentsChangeWhatTheScriptStates() {
    assertEquals("auto", options().get("regions"));
    assertEquals("class:a=b", options("regions=class:a=b").get("regions"));
    assertEquals("", options().get("header"));
  }

  @Test
  void onlyOptionsOfTheApiThatAreSetAreSent() {
    assertEquals(Collections.singletonMap("prob_thresh", "120"), options().scoring().fields());
    assertEquals("m", options("model=m").scoring().fields().get("model"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"region=all", "all", "=all"})
  void aMisspeltOptionIsRefusedWithTheNamesThatThereAre(String argument) {
    String sentence = assertThrows(IllegalArgumentException.class, () -> options(argument)).getMessage();
    assertTrue(sentence.contains(argument) && sentence.contains("prob_thresh"), sentence);
  }

  @Test
  void theClientHasTheServerAndTheHeader() throws Exception {
    ScriptOptions normal = options("server=" + Servers.NORMAL, "header=Authorization: Bearer a:b");
    assertTrue(normal.client().health().version.length() > 0);
    assertThrows(IllegalArgumentException.class, () -> options("header=nonsense").client());
  }

  @ParameterizedTest
  @ValueSource(strings = {"restain-client.jar", "restain-imagej.jar"})
  void theServerThatAJarWasDownloadedFromIsItsDefault(String jar, @TempDir Path folder) throws Exception {
    Path file = folder.resolve(jar);
    try (InputStream download = new URL(Servers.SLOW + "/downloads/" + jar).openStream()) {
      Files.copy(download, file);
    }
    ClassLoader platform = ClassLoader.getSystemClassLoader().getParent();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {file.toUri().toURL()}, platform)) {
      Class<?> client = loader.loadClass(RestainClient.class.getName());
      assertEquals("https://restain.example.org/lab", client.getField("DEFAULT_SERVER").get(null));
    }
    assertEquals("http://localhost:3000", RestainClient.DEFAULT_SERVER);
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:3000/analyses/5cT2nX0hY1dQk3VJw9rZbA, http://localhost:3000, false",
    "https://lab.example/restain/analyses/5cT2nX0hY1dQk3VJw9rZbA/?a=1#b, https://lab.example/restain, false",
    "http://h/slides/5cT2nX0hY1dQk3VJw9rZbA#x=1, http://h, true",
    "' http://h/analyses/5cT2nX0hY1dQk3VJw9rZbA ', http://h, false"
  })
  void anAddressOfAResultHasServerAndId(String text, String server, boolean isSlide) {
    ResultAddress address = ResultAddress.parse(text);
    assertEquals(server + " 5cT2nX0hY1dQk3VJw9rZbA", address.server + " " + address.id);
    assertEquals(isSlide, address.isSlide);
  }

  @Test
  void yesAndNoAreSaidAsWords() {
    assertTrue(options("regions=yes").isYes("regions"));
    assertFalse(options("regions=no").isYes("regions"));
    String sentence = assertThrows(IllegalArgumentException.class, () -> options("regions=true").isYes("regions")).getMessage();
    assertTrue(sentence.contains("regions must be yes or no") && sentence.contains("true"), sentence);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http://localhost:3000", "5cT2nX0hY1dQk3VJw9rZbA", "file:///analyses/a", "http://h/analyses/a/b"})
  void whatIsNoAddressOfAResultIsRefused(String text) {
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> ResultAddress.parse(text)).getMessage().contains("/analyses/"));
  }

  @Test
  void twoJarsOfTheClientAreToldWithTheirPlaces(@TempDir Path folder) throws Exception {
    // Of a second jar only this file matters.
    Path second = Files.createDirectories(folder.resolve("restain/client")).resolve("version.properties");
    Files.write(second, new byte[0]);
    List<URL> path = new ArrayList<>();
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator))
      path.add(Paths.get(part).toUri().toURL());
    assertNull(failureWith(path));
    path.add(folder.toUri().toURL());
    String sentence = failureWith(path).getMessage();
    assertTrue(sentence.contains(folder.toString()) && sentence.contains("target/classes"), sentence);
  }

  /** What options say in a program with these jars and folders; null if nothing. */
  private static Throwable failureWith(List<URL> path) throws Exception {
    ClassLoader platform = ClassLoader.getSystemClassLoader().getParent();
    try (URLClassLoader loader = new URLClassLoader(path.toArray(new URL[0]), platform)) {
      Class<?> options = loader.loadClass(ScriptOptions.class.getName());
      options.getConstructor(Map.class, String[].class).newInstance(Collections.emptyMap(), new String[0]);
      return null;
    } catch (InvocationTargetException failure) {
      return failure.getCause();
    }
  }

  @Test
  void theOlderOfTwoVersionsIsTold() {
    assertTrue(Jars.isOlder("0.2.0", "0.10.0") && Jars.isOlder("0.2.0", "0.2.1") && Jars.isOlder("0.2.0", "1.0.0-beta"));
    assertFalse(Jars.isOlder("0.2.0", "0.2.0") || Jars.isOlder("1.0.0", "0.9.9") || Jars.isOlder("0.2.0", "unknown"));
    assertEquals(
        "This Restain jar has version 0.2.0, the server 0.3.0. A newer one: http://lab:3000/downloads/restain-imagej.jar",
        Jars.doubtAboutAge("0.2.0", "0.3.0", "http://lab:3000/", "restain-imagej.jar"));
    assertNull(Jars.doubtAboutAge(RestainClient.VERSION, "http://lab:3000/", "restain-imagej.jar"));
  }
}
