package restain.imagej;

import ij.Macro;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Runs a command of the plugin from a script, and from a macro where ImageJ has no menus because there is no display:
 * {@code call("restain.imagej.Restain.run", "Score image", "resolution=40x")}.
 */
public final class Restain {
  /** ImageJ gives a command its options only in threads with such a name. */
  private static final String THREAD_NAME = "Run$_";

  private static final Map<String, Command> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("Score image", new ScoreImage());
    COMMANDS.put("Score selection", new ScoreSelection());
    COMMANDS.put("Score all regions of the ROI Manager", new ScoreRegions());
    COMMANDS.put("Score a folder...", new ScoreFolder());
    COMMANDS.put("Adjust...", new AdjustResult());
    COMMANDS.put("Open result...", new OpenResult());
    COMMANDS.put("Restain options...", new ChangeOptions());
  }

  private Restain() {}

  /**
   * Runs a command on the current image.
   *
   * @param command its name in the menu
   * @param options as a macro states them
   * @throws IllegalArgumentException if there is no such command
   * @throws IllegalStateException with the reason, if the command fails where there is no display
   */
  public static void run(String command, String options) {
    Command wanted = COMMANDS.get(command);
    if (wanted == null)
      throw new IllegalArgumentException(
          "There is no command \"" + command + "\"; the commands are " + Arrays.toString(COMMANDS.keySet().toArray()));
    Thread thread = Thread.currentThread();
    String name = thread.getName();
    if (!name.startsWith(THREAD_NAME)) thread.setName(THREAD_NAME + name);
    // An empty text would count as none, and the command would ask.
    Macro.setOptions(options.isEmpty() ? " " : options);
    try {
      wanted.run("");
    } finally {
      Macro.setOptions(null);
      thread.setName(name);
    }
  }
}
