package restain.imagej;

import ij.gui.Overlay;
import ij.gui.PolygonRoi;
import ij.gui.Roi;
import ij.gui.ShapeRoi;
import java.awt.Color;
import java.awt.Polygon;
import java.util.List;
import restain.client.Nucleus;

/** Nuclei as selections of ImageJ. */
final class Nuclei {
  private static final Color POSITIVE = new Color(255, 0, 0);
  private static final Color NEGATIVE = new Color(0, 0, 255);

  private Nuclei() {}

  static String className(Nucleus nucleus) {
    return nucleus.positive ? "Positive" : "Negative";
  }

  /** Nuclei in pixels of the part that was scored. */
  static Overlay overlay(List<Nucleus> nuclei) {
    Overlay overlay = new Overlay();
    for (Nucleus nucleus : nuclei) overlay.add(selection(nucleus));
    return overlay;
  }

  /** A nucleus: named by class, kind and number, red or blue, with class and kind as properties. */
  static Roi selection(Nucleus nucleus) {
    Roi roi = outline(nucleus);
    String kind = nucleus.kind.isEmpty() ? "" : nucleus.kind + " ";
    roi.setName(className(nucleus) + " " + kind + nucleus.id);
    roi.setStrokeColor(nucleus.positive ? POSITIVE : NEGATIVE);
    roi.setProperty("class", className(nucleus));
    if (!nucleus.kind.isEmpty()) roi.setProperty("kind", nucleus.kind);
    return roi;
  }

  private static Roi outline(Nucleus nucleus) {
    if (nucleus.rings().size() > 1) return new ShapeRoi(nucleus.shape());
    Polygon polygon = new Polygon();
    // Outlines follow the edges of pixels, so the coordinates are whole.
    for (double[] point : nucleus.rings().get(0)) polygon.addPoint((int) Math.round(point[0]), (int) Math.round(point[1]));
    return new PolygonRoi(polygon, Roi.TRACED_ROI);
  }
}
