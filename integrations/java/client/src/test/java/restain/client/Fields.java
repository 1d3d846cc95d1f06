package restain.client;

import java.awt.image.BufferedImage;
import java.util.Random;

/** Drawn fields: round blue and brown nuclei on a pale ground, for 40x. */
final class Fields {
  static final int CELL = 40;
  private static final int RADIUS = 11;
  private static final int[] GROUND = {236, 230, 234};
  private static final int[] BLUE = {115, 105, 165};
  private static final int[] BROWN = {120, 75, 50};

  private Fields() {}

  /** 6 x 5 nuclei, the first 10 of them brown, row by row. */
  static BufferedImage field() {
    return field(6, 5, 10);
  }

  static BufferedImage field(int columns, int rows, int brown) {
    BufferedImage image = new BufferedImage(columns * CELL, rows * CELL, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(1);
    for (int y = 0; y < image.getHeight(); y++)
      for (int x = 0; x < image.getWidth(); x++) {
        int dx = x % CELL - CELL / 2;
        int dy = y % CELL - CELL / 2;
        boolean isBrown = y / CELL * columns + x / CELL < brown;
        int[] colour = dx * dx + dy * dy >= RADIUS * RADIUS ? GROUND : isBrown ? BROWN : BLUE;
        int rgb = 0;
        for (int part : colour) rgb = rgb << 8 | (part + random.nextInt(17) - 8);
        image.setRGB(x, y, rgb);
      }
    return image;
  }
}
