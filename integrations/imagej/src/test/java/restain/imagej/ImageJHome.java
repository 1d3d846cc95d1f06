package restain.imagej;

import ij.ImagePlus;
import ij.WindowManager;
import ij.measure.ResultsTable;
import java.io.File;

/** ImageJ and the plugin in it. */
final class ImageJHome {
  static final String SERVER = environment("RESTAIN_URL");

  /** One thread; an image takes long enough to be cancelled. */
  static final String SLOW_SERVER = environment("RESTAIN_SLOW_URL");

  private ImageJHome() {}

  /** Says where ImageJ finds its plugins; before it starts. */
  static File plugin() {
    File jar = new File(System.getProperty("restain.plugin"));
    System.setProperty("plugins.dir", jar.getParentFile().getParent());
    return jar;
  }

  /** Empties the table, and sets the server by the plugin's own command. */
  static void reset() {
    ResultsTable.getResultsTable().reset();
    WindowManager.setTempCurrentImage(null);
    Restain.run("Restain options...", "server=" + SERVER + " resolution=40x model=[] marker=[]");
  }

  /** Runs a command on an image, and returns the image that is then current. */
  static ImagePlus run(ImagePlus image, String command, String options) {
    WindowManager.setTempCurrentImage(image);
    Restain.run(command, options);
    return WindowManager.getTempCurrentImage();
  }

  /** A number of the last row of the table Results. */
  static double last(String column) {
    ResultsTable table = ResultsTable.getResultsTable();
    return table.getValue(column, table.size() - 1);
  }

  private static String environment(String variable) {
    String value = System.getenv(variable);
    if (value == null) throw new IllegalStateException(variable + " is not set: run integrations/java/test.sh");
    return value;
  }
}
