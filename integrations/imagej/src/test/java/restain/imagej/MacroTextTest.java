package restain.imagej;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ij.Macro;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Options as macros write them. */
class MacroTextTest {
  private static final List<String> KEYS = MacroText.keys("resolution", "model", "save", "folder", "nuclei");

  @Test
  void whatIsWrittenIsReadAgain() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("resolution", "40x");
    options.put("save", "true");
    options.put("folder", "/my images/[2026] set");
    assertEquals("resolution=40x save folder=[/my images/[2026] set]", MacroText.write(options));
    assertEquals(options, MacroText.read(MacroText.write(options), KEYS));
  }

  @Test
  void imageJReadsTheSame() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("resolution", "own");
    options.put("folder", "/my images/a b");
    for (Map.Entry<String, String> option : options.entrySet())
      assertEquals(option.getValue(), Macro.getValue(MacroText.write(options), option.getKey(), ""));
  }

  @Test
  void emptyAndFalseValuesAreLeftOut() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("model", "");
    options.put("save", "false");
    assertEquals("", MacroText.write(options));
    assertEquals(new LinkedHashMap<>(), MacroText.read("  ", KEYS));
  }

  @Test
  void aMisspeltOptionIsRefusedWithTheNamesThatThereAre() {
    Refusal refusal = assertThrows(Refusal.class, () -> MacroText.read("resolutoin=40x", KEYS));
    assertTrue(refusal.getMessage().contains("\"resolutoin\"") && refusal.getMessage().contains("resolution, model"));
    assertThrows(Refusal.class, () -> MacroText.read("folder=[/not closed", KEYS));
  }
}
