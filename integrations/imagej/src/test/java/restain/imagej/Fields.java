package restain.imagej;

import ij.ImagePlus;
import ij.measure.Calibration;
import ij.process.ColorProcessor;
import java.awt.Color;

/** A drawn field for 40x: 6 x 5 round nuclei on a pale ground, the first 10 of them brown, row by row. */
final class Fields {
  static final int CELL = 40;
  static final int COLUMNS = 6;
  static final int ROWS = 5;
  private static final int DIAMETER = 22;

  private Fields() {}

  static ImagePlus field() {
    return new ImagePlus("field.png", pixels());
  }

  /** A field that states its pixel size. */
  static ImagePlus calibrated(double pixelSize, String unit) {
    ImagePlus field = field();
    Calibration calibration = field.getCalibration();
    calibration.pixelWidth = calibration.pixelHeight = pixelSize;
    calibration.setUnit(unit);
    return field;
  }

  static ColorProcessor pixels() {
    ColorProcessor pixels = new ColorProcessor(COLUMNS * CELL, ROWS * CELL);
    pixels.setColor(new Color(236, 230, 234));
    pixels.fill();
    for (int i = 0; i < COLUMNS * ROWS; i++) {
      pixels.setColor(i < 10 ? new Color(120, 75, 50) : new Color(115, 105, 165));
      int margin = (CELL - DIAMETER) / 2;
      pixels.fillOval(i % COLUMNS * CELL + margin, i / COLUMNS * CELL + margin, DIAMETER, DIAMETER);
    }
    return pixels;
  }
}
