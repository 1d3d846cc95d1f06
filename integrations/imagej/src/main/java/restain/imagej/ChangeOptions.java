package restain.imagej;

import ij.IJ;
import ij.gui.GenericDialog;
import java.io.IOException;
import java.util.Map;

/** Server, header, and the defaults of the scoring commands. They are remembered. */
public final class ChangeOptions extends Command {
  @Override
  void execute() throws IOException {
    Settings settings = Settings.stored();
    Map<String, String> stated = Settings.macroOptions(Settings.CONNECTION_KEYS);
    if (stated != null) {
      Settings kept = Settings.stored();
      settings.terms = false;
      settings.take(stated);
      settings.manager = kept.manager;
      settings.nuclei = kept.nuclei;
      settings.save = kept.save;
      settings.folder = kept.folder;
      settings.store();
      return;
    }
    if (isHeadless()) throw new Refusal("State the options: server=http://localhost:3000.");
    GenericDialog dialog = new GenericDialog("Restain options");
    dialog.addStringField("Server", settings.server, 32);
    dialog.addStringField("Header (optional, like Authorization: Bearer abc)", settings.header, 32);
    settings.addPixelSize(dialog, null);
    dialog.addCheckbox("Terms of use of the server are accepted: large images may be sent as slides", settings.terms);
    dialog.showDialog();
    if (dialog.wasCanceled()) return;
    settings.server = dialog.getNextString().trim();
    settings.header = dialog.getNextString().trim();
    settings.takePixelSize(dialog);
    settings.terms = dialog.getNextBoolean();
    settings.store();
    IJ.showStatus(TITLE + ": " + Server.connect(settings).describe());
  }
}
