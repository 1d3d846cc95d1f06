package restain.imagej;

import ij.gui.GenericDialog;
import java.io.IOException;
import java.nio.file.Paths;
import java.util.Map;

/** Opens a saved result again, so that it can be looked at and adjusted. */
public final class OpenResult extends Command {
  @Override
  void execute() throws IOException {
    Map<String, String> stated = Settings.macroOptions(MacroText.keys("folder"));
    String folder;
    if (stated != null) folder = stated.getOrDefault("folder", "");
    else {
      if (isHeadless()) throw new Refusal("State the folder: folder=[/images/field_Restain].");
      GenericDialog dialog = new GenericDialog("Open result");
      dialog.addDirectoryField("Folder of the result", "");
      dialog.showDialog();
      if (dialog.wasCanceled()) return;
      folder = dialog.getNextString().trim();
    }
    ResultImage.show(ResultImage.create(Scored.open(Paths.get(folder))));
  }
}
