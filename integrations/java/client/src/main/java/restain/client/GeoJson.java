package restain.client;

import com.grack.nanojson.JsonArray;
import java.awt.Shape;
import java.awt.geom.Area;
import java.awt.geom.PathIterator;
import java.awt.geom.Point2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Writes shapes as GeoJSON in pixels, counted from corners. */
public final class GeoJson {
  /** Largest distance of a straight piece from the curve that it stands for, in pixels. */
  static final double FLATNESS = 0.1;

  private GeoJson() {}

  /**
   * The shape as a MultiPolygon with holes. Curves become straight pieces.
   *
   * @throws IllegalArgumentException if the shape encloses nothing
   */
  public static String of(Shape shape) {
    List<List<Ring>> polygons = polygonsOf(shape);
    StringBuilder text = new StringBuilder("{\"type\":\"MultiPolygon\",\"coordinates\":[");
    for (int i = 0; i < polygons.size(); i++) {
      text.append(i == 0 ? "[" : ",[");
      for (int j = 0; j < polygons.get(i).size(); j++) {
        if (j > 0) text.append(',');
        polygons.get(i).get(j).write(text);
      }
      text.append(']');
    }
    return text.append("]}").toString();
  }

  /** The polygons of a shape as JSON values: each an outer ring, then its holes; rings are closed. */
  static List<JsonArray> rings(Shape shape) {
    List<JsonArray> all = new ArrayList<>();
    for (List<Ring> polygon : polygonsOf(shape)) {
      JsonArray rings = new JsonArray();
      for (Ring ring : polygon) rings.add(ring.toJson());
      all.add(rings);
    }
    return all;
  }

  private static List<List<Ring>> polygonsOf(Shape shape) {
    List<Ring> rings = ringsOf(new Area(shape));
    if (rings.isEmpty()) throw new IllegalArgumentException("the region encloses nothing");
    // Every ring comes after those that it lies in.
    rings.sort(Comparator.comparingDouble((Ring ring) -> -Math.abs(ring.area)));
    List<List<Ring>> polygons = new ArrayList<>();
    for (int i = 0; i < rings.size(); i++) place(rings.get(i), rings.subList(0, i), polygons);
    return polygons;
  }

  /** A ring inside an even number of others is an outer one; else it is a hole of the smallest around it. */
  private static void place(Ring ring, List<Ring> larger, List<List<Ring>> polygons) {
    Point2D inside = ring.innerPoint();
    Ring smallest = null;
    int around = 0;
    for (Ring other : larger)
      if (other.contains(inside)) {
        around++;
        smallest = other;
      }
    if (around % 2 == 1)
      for (List<Ring> polygon : polygons)
        if (polygon.get(0) == smallest) {
          polygon.add(ring);
          return;
        }
    List<Ring> polygon = new ArrayList<>();
    polygon.add(ring);
    polygons.add(polygon);
  }

  private static List<Ring> ringsOf(Area area) {
    List<Ring> rings = new ArrayList<>();
    List<double[]> points = new ArrayList<>();
    double[] at = new double[6];
    for (PathIterator path = area.getPathIterator(null, FLATNESS); !path.isDone(); path.next()) {
      int kind = path.currentSegment(at);
      if (kind == PathIterator.SEG_CLOSE) {
        addRing(rings, points);
        points = new ArrayList<>();
      } else points.add(new double[] {at[0], at[1]});
    }
    return rings;
  }

  private static void addRing(List<Ring> rings, List<double[]> points) {
    double[] first = points.get(0);
    double[] last = points.get(points.size() - 1);
    if (points.size() > 1 && first[0] == last[0] && first[1] == last[1]) points.remove(points.size() - 1);
    Ring ring = new Ring(points);
    if (points.size() >= 3 && ring.area != 0) rings.add(ring);
  }

  /** A closed line; its first point is not repeated. */
  private static final class Ring {
    final List<double[]> points;

    /** In square pixels; the sign says in which direction the line runs. */
    final double area;

    Ring(List<double[]> points) {
      this.points = points;
      double twice = 0;
      for (int i = 0, j = points.size() - 1; i < points.size(); j = i++)
        twice += points.get(j)[0] * points.get(i)[1] - points.get(i)[0] * points.get(j)[1];
      area = twice / 2;
    }

    /** A point just inside the longest edge. */
    Point2D innerPoint() {
      double longest = 0;
      Point2D inside = null;
      for (int i = 0, j = points.size() - 1; i < points.size(); j = i++) {
        double[] a = points.get(j);
        double[] b = points.get(i);
        double length = Math.hypot(b[0] - a[0], b[1] - a[1]);
        if (length <= longest) continue;
        longest = length;
        double step = Math.signum(area) * 1e-4 / length;
        inside =
            new Point2D.Double((a[0] + b[0]) / 2 - step * (b[1] - a[1]), (a[1] + b[1]) / 2 + step * (b[0] - a[0]));
      }
      return inside;
    }

    boolean contains(Point2D point) {
      boolean isInside = false;
      for (int i = 0, j = points.size() - 1; i < points.size(); j = i++) {
        double[] a = points.get(i);
        double[] b = points.get(j);
        if (a[1] > point.getY() == b[1] > point.getY()) continue;
        if (point.getX() < (b[0] - a[0]) * (point.getY() - a[1]) / (b[1] - a[1]) + a[0]) isInside = !isInside;
      }
      return isInside;
    }

    JsonArray toJson() {
      JsonArray positions = new JsonArray();
      for (int i = 0; i <= points.size(); i++) {
        double[] point = points.get(i % points.size());
        positions.add(new JsonArray(Arrays.<Object>asList(thousandths(point[0]), thousandths(point[1]))));
      }
      return positions;
    }

    void write(StringBuilder text) {
      text.append('[');
      for (double[] point : points) write(text, point).append(',');
      write(text, points.get(0)).append(']');
    }

    private static StringBuilder write(StringBuilder text, double[] point) {
      return number(number(text.append('['), point[0]).append(','), point[1]).append(']');
    }

    /** Thousandths of a pixel are enough. */
    private static double thousandths(double value) {
      return Math.round(value * 1000) / 1000.0;
    }

    private static StringBuilder number(StringBuilder text, double value) {
      double rounded = thousandths(value);
      return rounded == Math.rint(rounded) ? text.append((long) rounded) : text.append(rounded);
    }
  }
}
