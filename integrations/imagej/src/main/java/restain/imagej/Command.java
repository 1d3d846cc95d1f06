package restain.imagej;

import ij.IJ;
import ij.ImagePlus;
import ij.Macro;
import ij.WindowManager;
import ij.macro.Interpreter;
import ij.plugin.PlugIn;
import java.awt.GraphicsEnvironment;
import java.io.IOException;
import restain.client.RestainException;

/** What all commands do around their work: failures as sentences, Esc, the progress bar. */
abstract class Command implements PlugIn {
  static final String TITLE = "Restain";

  @Override
  public final void run(String argument) {
    IJ.resetEscape();
    try {
      execute();
    } catch (Refusal refusal) {
      fail(refusal.getMessage(), refusal);
    } catch (RestainException error) {
      if (error.code().equals("cancelled")) cancelled();
      else fail("The server says: " + error.getMessage(), error);
    } catch (IOException error) {
      fail(error.getMessage() == null ? error.toString() : error.getMessage(), error);
    } finally {
      IJ.showProgress(1.0);
    }
  }

  /** The work. */
  abstract void execute() throws IOException;

  static boolean isHeadless() {
    return GraphicsEnvironment.isHeadless();
  }

  /** The image in front. */
  static ImagePlus currentImage() {
    ImagePlus image = WindowManager.getCurrentImage();
    if (image == null) throw new Refusal("There is no image open. Open one, then choose this command again.");
    return image;
  }

  /** Stops a macro with the sentence, or shows it in a dialog; without a display it is an exception too. */
  private static void fail(String sentence, Exception cause) {
    IJ.showStatus("");
    IJ.error(TITLE, sentence);
    if (!isHeadless()) return;
    // A macro would go on after an exception.
    Interpreter.abort();
    throw new IllegalStateException(sentence, cause);
  }

  private static void cancelled() {
    IJ.showStatus(TITLE + ": cancelled");
    Interpreter.abort();
    if (isHeadless()) throw new IllegalStateException("The work was cancelled.");
    Macro.abort();
  }
}
