package restain.imagej;

import ij.ImagePlus;
import ij.gui.Roi;
import ij.gui.ShapeRoi;
import java.awt.Rectangle;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;

/** What is scored: an image, or a region of it with some context around. */
final class Target {
  /** Around a region, so that nuclei at its edge are seen whole. */
  private static final double CONTEXT_MICRONS = 32;

  final ImagePlus image;

  /** The part of the image that is sent, in pixels. */
  final Rectangle part;

  /** The region in pixels of the image, counted from corners; null for the whole image. */
  final Shape region;

  /** Name of the region; empty for the whole image. */
  final String name;

  private Target(ImagePlus image, Rectangle part, Shape region, String name) {
    this.image = image;
    this.part = part;
    this.region = region;
    this.name = name;
  }

  static Target whole(ImagePlus image) {
    return new Target(image, new Rectangle(image.getWidth(), image.getHeight()), null, "");
  }

  /**
   * A selection.
   *
   * @throws Refusal if it is no area or lies outside of the image
   */
  static Target of(ImagePlus image, Roi selection, String name, double micronsPerPixel) {
    if (!selection.isArea())
      throw new Refusal("The selection \"" + name + "\" is a " + selection.getTypeAsString() + ", which encloses nothing.");
    Rectangle all = new Rectangle(image.getWidth(), image.getHeight());
    Area area = new Area(shapeOf(selection));
    area.intersect(new Area(all));
    if (area.isEmpty()) throw new Refusal("The selection \"" + name + "\" lies outside of the image.");
    Rectangle part = area.getBounds();
    int context = (int) Math.ceil(CONTEXT_MICRONS / micronsPerPixel);
    part.grow(context, context);
    return new Target(image, part.intersection(all), area, name);
  }

  /** The region in pixels of the part that is sent; null for the whole image. */
  Shape regionInPart() {
    return region == null ? null : AffineTransform.getTranslateInstance(-part.x, -part.y).createTransformedShape(region);
  }

  /** Image and region, for tables and titles. */
  String title() {
    return name.isEmpty() ? image.getTitle() : image.getTitle() + ", " + name;
  }

  /** In ImageJ too the coordinates of areas count from the corners of pixels. */
  private static Shape shapeOf(Roi selection) {
    ShapeRoi outline = new ShapeRoi(selection);
    Rectangle bounds = outline.getBounds();
    return AffineTransform.getTranslateInstance(bounds.x, bounds.y).createTransformedShape(outline.getShape());
  }
}
