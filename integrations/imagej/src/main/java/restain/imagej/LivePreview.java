package restain.imagej;

import ij.ImagePlus;
import ij.gui.DialogListener;
import ij.gui.GenericDialog;
import java.awt.AWTEvent;
import java.awt.Label;
import java.io.IOException;
import javax.swing.SwingUtilities;
import javax.swing.Timer;
import restain.client.Progress;
import restain.client.Result;

/** Shows on the image what the sliders of a dialog would give, a moment after the last change. */
final class LivePreview implements DialogListener {
  /** How long the sliders must rest before the server is asked. */
  private static final int REST_MILLISECONDS = 250;

  private final ImagePlus image;
  private final Scored before;
  private final Server server;
  private final Timer rest = new Timer(REST_MILLISECONDS, event -> ask());
  private Label label;

  /** What the dialog states. */
  private volatile Gates gates;

  /** Counts the requests; an older one than the newest is given up. */
  private volatile int newest;

  /** What the image shows, and with which gates. */
  private Scored shown;

  private Gates shownGates;

  LivePreview(ImagePlus image, Scored before, Server server) {
    this.image = image;
    this.before = before;
    this.server = server;
    gates = Gates.of(before.result.thresholds);
    shown = before;
    shownGates = gates;
    rest.setRepeats(false);
  }

  /** Takes the label that shows the numbers. */
  void showNumbersIn(Label numbers) {
    label = numbers;
  }

  @Override
  public boolean dialogItemChanged(GenericDialog dialog, AWTEvent event) {
    Gates stated =
        new Gates(
            (int) dialog.getNextNumber(),
            (int) dialog.getNextNumber(),
            (int) dialog.getNextNumber(),
            (int) dialog.getNextNumber());
    if (dialog.invalidNumber()) return false;
    if (!stated.isSameAs(gates)) {
      gates = stated;
      if (event != null) rest.restart();
    }
    return true;
  }

  /** The result with the gates of the dialog, after it was closed. */
  Scored finish() throws IOException {
    stop();
    return shownGates.isSameAs(gates)
        ? shown
        : before.with(server.adjust(before, gates.addTo(before.adjustOptions()), Progress.NONE));
  }

  /** Asks no more. An answer that is under way is not shown. */
  void stop() {
    rest.stop();
    newest++;
  }

  private void ask() {
    int number = ++newest;
    Gates asked = gates;
    Thread thread =
        new Thread(
            () -> {
              try {
                Result result = server.adjust(before, asked.addTo(before.adjustOptions()), stopWhenOlder(number));
                Scored adjusted = before.with(result);
                SwingUtilities.invokeLater(() -> show(number, asked, adjusted));
              } catch (IOException | Refusal error) {
                SwingUtilities.invokeLater(() -> say(number, error.getMessage()));
              }
            },
            "restain-preview");
    thread.setDaemon(true);
    thread.start();
  }

  private Progress stopWhenOlder(int number) {
    return new Progress() {
      @Override
      public void report(double share, String stage) {}

      @Override
      public boolean isCancelled() {
        return number != newest;
      }
    };
  }

  private void show(int number, Gates asked, Scored adjusted) {
    if (number != newest) return;
    try {
      ResultImage.update(image, adjusted);
      shown = adjusted;
      shownGates = asked;
      say(number, adjusted.result.toString());
    } catch (IOException error) {
      say(number, error.getMessage());
    }
  }

  private void say(int number, String sentence) {
    if (number == newest && label != null) label.setText(sentence);
  }
}
