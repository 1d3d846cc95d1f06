package restain.imagej;

import ij.IJ;
import ij.ImagePlus;
import ij.gui.GenericDialog;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import restain.client.RestainException;

/**
 * Scores all images of a folder that ImageJ opens, without showing them. An image that cannot be scored has a row with the
 * reason, and the others go on.
 */
public final class ScoreFolder extends Command {
  private static final List<String> ENDINGS =
      Arrays.asList(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif");

  @Override
  void execute() throws IOException {
    Request request = ask();
    if (request == null) return;
    Settings settings = request.settings;
    File[] files = imagesOf(request.input);
    Server server = Server.connect(settings);
    int failed = 0;
    for (int i = 0; i < files.length; i++) {
      IJ.showProgress(i, files.length);
      try {
        score(files[i], server, settings);
      } catch (RestainException error) {
        // Without a server no other image would fare better.
        if (Arrays.asList("cancelled", "unreachable", "no_answer").contains(error.code())) throw error;
        failed++;
        Tables.addFailure(files[i].getName(), error.getMessage());
      } catch (Refusal | IOException error) {
        failed++;
        Tables.addFailure(files[i].getName(), error.getMessage());
      }
    }
    IJ.showStatus(String.format(Locale.ROOT, "%s: %d images scored, %d failed", TITLE, files.length - failed, failed));
    if (failed > 0) IJ.log("Restain: " + failed + " of " + files.length + " images failed; the table Results says why.");
  }

  private static void score(File file, Server server, Settings settings) throws IOException {
    // ImageJ would show its own dialog about a broken file.
    IJ.redirectErrorMessages();
    ImagePlus image = IJ.openImage(file.getPath());
    if (image == null) throw new Refusal("ImageJ could not open this file.");
    Scoring.score(Target.whole(image), server, settings);
    image.flush();
  }

  private static File[] imagesOf(String folder) {
    File[] files = new File(folder).listFiles(ScoreFolder::isImage);
    if (files == null) throw new Refusal("There is no folder \"" + folder + "\".");
    if (files.length == 0)
      throw new Refusal("The folder " + folder + " has no images (" + String.join(" ", ENDINGS) + ").");
    Arrays.sort(files);
    return files;
  }

  private static boolean isImage(File file) {
    String name = file.getName().toLowerCase(Locale.ROOT);
    return file.isFile() && !name.startsWith(".") && ENDINGS.stream().anyMatch(name::endsWith);
  }

  /** What to score, and how. */
  private static final class Request {
    String input = "";
    Settings settings = Settings.stored();
  }

  private static Request ask() {
    Request request = new Request();
    List<String> keys = new ArrayList<>(Settings.CONNECTION_KEYS);
    keys.addAll(MacroText.keys("input", "nuclei", "save", "folder"));
    Map<String, String> stated = Settings.macroOptions(keys);
    if (stated == null && isHeadless()) throw new Refusal("State the folder: input=[/folder/of/images].");
    if (stated != null) {
      request.settings.take(stated);
      request.input = stated.getOrDefault("input", "");
      return request;
    }
    Settings settings = request.settings;
    settings.manager = false;
    GenericDialog dialog = new GenericDialog("Score a folder");
    dialog.addDirectoryField("Input folder", "");
    settings.addPixelSize(dialog, null);
    dialog.addCheckbox("Nuclei: list each in a table", settings.nuclei);
    dialog.addCheckbox("Save pictures, tables and settings", settings.save);
    dialog.addDirectoryField("Folder to save in (empty: beside the images)", settings.folder);
    dialog.showDialog();
    if (dialog.wasCanceled()) return null;
    request.input = dialog.getNextString().trim();
    settings.takePixelSize(dialog);
    settings.nuclei = dialog.getNextBoolean();
    settings.save = dialog.getNextBoolean();
    settings.folder = dialog.getNextString().trim();
    settings.store();
    return request;
  }
}
