package restain.client;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** An image to be sent: a file, its bytes, or pixels. It can be read again for every attempt of a request. */
public abstract class Source {
  private Source() {}

  /** Number of bytes that are sent. */
  abstract long size();

  abstract InputStream open() throws IOException;

  /** Number of pixels, or 0 if it is not known here. */
  long pixels() {
    return 0;
  }

  /** A file of any format that the server reads. Its name is not sent. */
  public static Source of(Path path) throws IOException {
    long size = Files.size(path);
    return new Source() {
      @Override
      long size() {
        return size;
      }

      @Override
      InputStream open() throws IOException {
        return Files.newInputStream(path);
      }
    };
  }

  /** The bytes of an image file. */
  public static Source of(byte[] file) {
    return ofBytes(file, 0);
  }

  /** Pixels. They are sent as a PNG picture, unchanged; transparent pixels become white. */
  public static Source of(BufferedImage image) throws IOException {
    return ofBytes(png(image), (long) image.getWidth() * image.getHeight());
  }

  private static Source ofBytes(byte[] file, long pixels) {
    return new Source() {
      @Override
      long size() {
        return file.length;
      }

      @Override
      InputStream open() {
        return new ByteArrayInputStream(file);
      }

      @Override
      long pixels() {
        return pixels;
      }
    };
  }

  /** The picture as a PNG file in RGB, lightly compressed: a local network is faster than a strong compression. */
  public static byte[] png(BufferedImage image) throws IOException {
    BufferedImage rgb = image;
    if (image.getType() != BufferedImage.TYPE_INT_RGB && image.getType() != BufferedImage.TYPE_3BYTE_BGR) {
      rgb = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = rgb.createGraphics();
      graphics.setColor(java.awt.Color.WHITE);
      graphics.fillRect(0, 0, rgb.getWidth(), rgb.getHeight());
      graphics.drawImage(image, 0, 0, null);
      graphics.dispose();
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(file)) {
      ImageWriteParam how = writer.getDefaultWriteParam();
      // Java 8 cannot set the compression of a PNG.
      if (how.canWriteCompressed()) {
        how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        how.setCompressionQuality(0.9f);
      }
      writer.setOutput(stream);
      writer.write(null, new IIOImage(rgb, null, null), how);
    } finally {
      writer.dispose();
    }
    return file.toByteArray();
  }
}
