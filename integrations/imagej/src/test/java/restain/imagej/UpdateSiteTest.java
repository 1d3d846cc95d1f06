package restain.imagej;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXParseException;

/**
 * The update site that update_site.py writes, read as the updater of ImageJ does. The updater itself is in no registry that
 * these tests reach.
 */
class UpdateSiteTest {
  /** The jar lies in target/ImageJ/plugins of this module. */
  private static final Path SCRIPT = ImageJHome.plugin().toPath().resolve("../../../../update_site.py").normalize();

  private static String write(File jar, Path folder) throws Exception {
    ProcessBuilder program = new ProcessBuilder("python3", SCRIPT.toString(), jar.getPath(), folder.toString());
    Process script = program.redirectErrorStream(true).start();
    byte[] said = readAll(script.getInputStream());
    return script.waitFor() + " " + new String(said, StandardCharsets.UTF_8).trim();
  }

  /** The index, valid by the document type in it. */
  private static Element index(Path folder) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setValidating(true);
    DocumentBuilder builder = factory.newDocumentBuilder();
    builder.setErrorHandler(
        new ErrorHandler() {
          @Override
          public void warning(SAXParseException error) throws SAXParseException {
            throw error;
          }

          @Override
          public void error(SAXParseException error) throws SAXParseException {
            throw error;
          }

          @Override
          public void fatalError(SAXParseException error) throws SAXParseException {
            throw error;
          }
        });
    try (InputStream text = new GZIPInputStream(Files.newInputStream(folder.resolve("db.xml.gz")))) {
      Document document = builder.parse(text);
      return document.getDocumentElement();
    }
  }

  private static Element one(Element index, String name) {
    return (Element) index.getElementsByTagName(name).item(0);
  }

  private static String checksumOf(File file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-1");
    try (JarFile jar = new JarFile(file)) {
      TreeMap<String, JarEntry> sorted = new TreeMap<>();
      jar.stream().forEach(entry -> sorted.put(entry.getName(), entry));
      for (Map.Entry<String, JarEntry> entry : sorted.entrySet()) {
        digest.update(entry.getKey().getBytes(StandardCharsets.US_ASCII));
        if (!entry.getKey().endsWith("MANIFEST.MF")) digest.update(readAll(jar.getInputStream(entry.getValue())));
      }
    }
    StringBuilder hex = new StringBuilder();
    for (byte part : digest.digest()) hex.append(String.format("%02x", part));
    return hex.toString();
  }

  private static byte[] readAll(InputStream from) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] block = new byte[1 << 16];
    for (int count; (count = from.read(block)) >= 0; ) bytes.write(block, 0, count);
    return bytes.toByteArray();
  }

  @Test
  void theIndexIsValidAndNamesTheFileWithItsSizeAndChecksum(@TempDir Path folder) throws Exception {
    String said = write(ImageJHome.plugin(), folder);
    assertTrue(said.startsWith("0 "), said);
    Element index = index(folder);
    assertEquals("plugins/Restain_.jar", one(index, "plugin").getAttribute("filename"));
    Element version = one(index, "version");
    assertTrue(version.getAttribute("timestamp").matches("20\\d{12}"));
    assertEquals(checksumOf(ImageJHome.plugin()), version.getAttribute("checksum"));
    Path file = folder.resolve("plugins/Restain_.jar-" + version.getAttribute("timestamp"));
    assertEquals(Files.size(file), Long.parseLong(version.getAttribute("filesize")));
    assertArrayEquals(Files.readAllBytes(ImageJHome.plugin().toPath()), Files.readAllBytes(file));
    assertTrue(write(ImageJHome.plugin(), folder).contains("already"));
  }

  @Test
  void anEarlierVersionIsKnownAndAManifestIsNoOtherVersion(@TempDir Path folder) throws Exception {
    Path site = folder.resolve("site");
    File first = jar(folder.resolve("first.jar"), "1", "Built-By: a");
    assertTrue(write(first, site).startsWith("0 "));
    assertTrue(write(jar(folder.resolve("same.jar"), "1", "Built-By: b"), site).contains("already"));
    File second = jar(folder.resolve("second.jar"), "2", "Built-By: a");
    assertTrue(write(second, site).startsWith("0 "));
    Element index = index(site);
    assertEquals(checksumOf(second), one(index, "version").getAttribute("checksum"));
    assertEquals(checksumOf(first), one(index, "previous-version").getAttribute("checksum"));
    assertNotEquals(checksumOf(first), checksumOf(second));
  }

  private static File jar(Path file, String content, String manifest) throws IOException {
    try (ZipOutputStream jar = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String[] entry : new String[][] {{"b.txt", content}, {"META-INF/MANIFEST.MF", manifest + "\n"}, {"a.txt", "a"}}) {
        jar.putNextEntry(new ZipEntry(entry[0]));
        jar.write(entry[1].getBytes(StandardCharsets.US_ASCII));
        jar.closeEntry();
      }
    }
    return file.toFile();
  }

  @Test
  void whatIsNoJarIsRefusedAndLeavesNothing(@TempDir Path folder) throws Exception {
    Path text = Files.write(folder.resolve("text.jar"), new byte[] {1});
    String said = write(text.toFile(), folder.resolve("site"));
    assertTrue(said.startsWith("1 update_site.py: ") && !said.contains("Traceback"), said);
    assertTrue(!Files.exists(folder.resolve("site/db.xml.gz")));
  }
}
