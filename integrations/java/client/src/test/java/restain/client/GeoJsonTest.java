package restain.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.awt.Rectangle;
import java.awt.Shape;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Regions as GeoJSON. */
class GeoJsonTest {
  /** How many rings each polygon has: the outer one and its holes. */
  private static List<Integer> rings(Shape shape) throws JsonParserException {
    List<Integer> counts = new ArrayList<>();
    for (Object polygon : JsonParser.object().from(GeoJson.of(shape)).getArray("coordinates"))
      counts.add(((JsonArray) polygon).size());
    return counts;
  }

  @Test
  void aRectangleHasItsCorners() {
    assertEquals(
        "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[1,2],[1,6],[4,6],[4,2],[1,2]]]]}",
        GeoJson.of(new Rectangle(1, 2, 3, 4)));
  }

  @Test
  void aHoleAndAnIslandInItAreKeptApart() throws JsonParserException {
    Area area = new Area(new Rectangle(0, 0, 100, 100));
    area.subtract(new Area(new Rectangle(20, 20, 60, 60)));
    area.add(new Area(new Rectangle(40, 40, 20, 20)));
    area.add(new Area(new Rectangle(200, 0, 10, 10)));
    assertEquals(Arrays.asList(2, 1, 1), rings(area));
  }

  @Test
  void squaresThatTouchAtACornerAreNoHoles() throws JsonParserException {
    Area area = new Area(new Rectangle(0, 0, 10, 10));
    area.add(new Area(new Rectangle(10, 10, 10, 10)));
    for (int count : rings(area)) assertEquals(1, count);
  }

  @Test
  void aLineThatCrossesItselfEnclosesWhatItsShapeDoes() {
    Path2D bow = new Path2D.Double();
    bow.moveTo(0, 0);
    bow.lineTo(10, 10);
    bow.lineTo(10, 0);
    bow.lineTo(0, 10);
    bow.closePath();
    assertTrue(GeoJson.of(bow).contains("[5,5]"));
  }

  @Test
  void curvesAndFractionsAreKeptToAThousandthOfAPixel() {
    assertTrue(GeoJson.of(new Ellipse2D.Double(0, 0, 50, 50)).split("\\],\\[").length > 16);
    String json = GeoJson.of(new Rectangle2D.Double(0.12345, 0, 1, 1));
    assertTrue(json.contains("[0.123,0]"), json);
  }

  @Test
  void whatEnclosesNothingIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> GeoJson.of(new Rectangle(3, 3, 0, 5)));
  }
}
