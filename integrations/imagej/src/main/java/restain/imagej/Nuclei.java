package restain.imagej;

import ij.gui.Overlay;
import ij.gui.PolygonRoi;
import ij.gui.Roi;
import ij.gui.ShapeRoi;
import java.awt.Color;
import java.awt.Polygon;
import restain.client.Nucleus;

/** Nuclei as selections of ImageJ. */
final class Nuclei {
  private static final Color POSITIVE = new Color(255, 0, 0);
  private static final Color NEGATIVE = new Color(0, 0, 255);

  private Nuclei() {}

  static String className(Nucleus nucleus) {
    return nucleus.positive ? "Positive" : "Negative";
  }

  /** The nuclei of a result, in pixels of the part that was scored. */
  static Overlay overlay(Scored scored) {
    Overlay overlay = new Overlay();
    for (Nucleus nucleus : scored.result.nuclei()) overlay.add(selection(nucleus));
    return overlay;
  }

  /** A nucleus: named by class and number, red or blue, with its class as a property. */
  static Roi selection(Nucleus nucleus) {
    Roi roi = outline(nucleus);
    roi.setName(className(nucleus) + " " + nucleus.id);
    roi.setStrokeColor(nucleus.positive ? POSITIVE : NEGATIVE);
    roi.setProperty("class", className(nucleus));
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
