package restain.client;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A result as files in a folder of its own: {@code restain.json} (the answer and the settings), {@code nuclei.csv}, and a
 * PNG file for each picture and for the image that was scored ({@code Original.png}).
 */
public final class ResultFolder {
  /** The file that says that a folder holds a result. */
  public static final String SUMMARY = "restain.json";

  private static final String ORIGINAL = "Original";
  private static final String SETTINGS = "settings";

  public final Path path;
  public final Result result;

  /** The image that was scored, as PNG. */
  public final byte[] original;

  /** Settings of the program that saved the result. */
  public final Map<String, String> settings;

  private ResultFolder(Path path, Result result, byte[] original, Map<String, String> settings) {
    this.path = path;
    this.result = result;
    this.original = original;
    this.settings = settings;
  }

  /**
   * Saves a result in a new folder {@code name} below {@code parent}. An existing folder is never touched: the new one is
   * then called {@code name-2}, {@code name-3} and so on. The summary is written last, so a folder with one is complete.
   *
   * @param original the image that was scored, as PNG
   * @throws IllegalArgumentException if the name is that of a path
   */
  public static ResultFolder save(
      Result result, byte[] original, Map<String, String> settings, Path parent, String name) throws IOException {
    Path folder = create(parent, name);
    Files.write(folder.resolve(ORIGINAL + ".png"), original);
    for (Map.Entry<String, byte[]> picture : result.pictures().entrySet())
      if (picture.getKey().matches("\\w+")) Files.write(folder.resolve(picture.getKey() + ".png"), picture.getValue());
    Files.write(folder.resolve("nuclei.csv"), nucleiCsv(result).getBytes(StandardCharsets.UTF_8));
    JsonObject summary = parse(result.json());
    summary.put(SETTINGS, new JsonObject(settings));
    String text = JsonWriter.indent("  ").string().value(summary).done();
    Files.write(folder.resolve(SUMMARY), text.getBytes(StandardCharsets.UTF_8));
    return new ResultFolder(folder, result, original, settings);
  }

  /** Reads a result that was saved. */
  public static ResultFolder open(Path folder) throws IOException {
    Path file = folder.resolve(SUMMARY);
    if (!Files.isRegularFile(file) || !Files.isRegularFile(folder.resolve(ORIGINAL + ".png")))
      throw new IOException(folder + " holds no saved result: it needs the files " + SUMMARY + " and " + ORIGINAL + ".png.");
    JsonObject summary = parse(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    Map<String, String> settings = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : summary.getObject(SETTINGS, new JsonObject()).entrySet())
      settings.put(entry.getKey(), String.valueOf(entry.getValue()));
    summary.remove(SETTINGS);
    Map<String, byte[]> pictures = new LinkedHashMap<>();
    byte[] original = null;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.png")) {
      for (Path picture : files) {
        String name = picture.getFileName().toString().replaceFirst("\\.png$", "");
        if (name.equals(ORIGINAL)) original = Files.readAllBytes(picture);
        else pictures.put(name, Files.readAllBytes(picture));
      }
    }
    return new ResultFolder(folder, new Result(summary, pictures), original, settings);
  }

  /**
   * Makes a new folder {@code name} below {@code parent}, or {@code name-2}, {@code name-3} and so on.
   *
   * @throws IllegalArgumentException if the name is that of a path
   */
  public static Path create(Path parent, String name) throws IOException {
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.matches(".*[/\\\\].*"))
      throw new IllegalArgumentException("a name without a path is needed; got \"" + name + "\"");
    Files.createDirectories(parent);
    for (int number = 1; ; number++)
      try {
        return Files.createDirectory(parent.resolve(number == 1 ? name : name + "-" + number));
      } catch (FileAlreadyExistsException taken) {
        continue;
      }
  }

  private static String nucleiCsv(Result result) {
    StringBuilder text =
        new StringBuilder(
            "id,x,y,positive,area_px,area_um2,marker_max,marker_mean,od_mean,kind,kind_likelihood,"
                + "membrane_completeness,membrane_od,cytoplasm_od\n");
    for (Nucleus n : result.nuclei())
      text.append(
          String.format(
              Locale.ROOT,
              "%d,%.2f,%.2f,%s,%d,%.3f,%d,%.2f,%.4f,%s,%s,%s,%s,%s\n",
              n.id, n.x, n.y, n.positive, n.areaPx, n.areaUm2, n.markerMax, n.markerMean, n.odMean, n.kind,
              cell(n.kindLikelihood), cell(n.membraneCompleteness), cell(n.membraneOd), cell(n.cytoplasmOd)));
    return text.toString();
  }

  private static String cell(double number) {
    return Double.isNaN(number) ? "" : String.format(Locale.ROOT, "%.4f", number);
  }

  private static JsonObject parse(String text) throws IOException {
    try {
      return JsonParser.object().from(text);
    } catch (JsonParserException error) {
      throw new IOException("The summary of the result is not JSON: " + error.getMessage(), error);
    }
  }
}
