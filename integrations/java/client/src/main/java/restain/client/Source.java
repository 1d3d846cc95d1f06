package restain.client;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

  /** A part of a file, from a byte on. */
  static Source part(Path path, long offset, long bytes) {
    return new Source() {
      @Override
      long size() {
        return bytes;
      }

      @Override
      InputStream open() throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        return new BoundedStream(Channels.newInputStream(file.position(offset)), bytes);
      }
    };
  }

  /** Ends after so many bytes. */
  private static final class BoundedStream extends FilterInputStream {
    private long left;

    BoundedStream(InputStream from, long bytes) {
      super(from);
      left = bytes;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left == 0) return -1;
      int count = in.read(into, offset, (int) Math.min(length, left));
      if (count < 0)
        throw new RestainException("upload_incomplete", "The file became shorter while it was sent.", 0);
      left -= count;
      return count;
    }
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
