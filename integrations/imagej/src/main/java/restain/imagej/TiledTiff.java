package restain.imagej;

import java.awt.Rectangle;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes pixels as a BigTIFF file of tiles, compressed without loss, as the server takes slides. See the TIFF 6.0
 * specification, its supplement 2 (Deflate, predictor) and the BigTIFF proposal.
 */
final class TiledTiff {
  private static final int SIDE = 512;
  private static final int CHANNELS = 3;

  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int RATIONAL = 5;
  private static final int LONG8 = 16;

  private TiledTiff() {}

  /** Gives pixels in red, green and blue, one in each int. */
  interface Pixels {
    /** Of a tile that lies inside of the picture, row by row. */
    int[] read(Rectangle tile);
  }

  /**
   * @param width of the picture
   * @param micronsPerPixel stated as the file's resolution
   */
  static void write(Path file, int width, int height, double micronsPerPixel, Pixels pixels) throws IOException {
    int columns = (width + SIDE - 1) / SIDE;
    int rows = (height + SIDE - 1) / SIDE;
    long[] offsets = new long[columns * rows];
    long[] counts = new long[offsets.length];
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(0);
      out.write(new byte[16]);
      for (int i = 0; i < offsets.length; i++) {
        Rectangle tile = new Rectangle(i % columns * SIDE, i / columns * SIDE, SIDE, SIDE);
        byte[] packed = packed(tile.intersection(new Rectangle(width, height)), pixels);
        offsets[i] = out.getFilePointer();
        counts[i] = packed.length;
        out.write(packed);
      }
      long offsetsAt = write(out, offsets);
      long countsAt = write(out, counts);
      long perCentimetre = Math.round(10_000_000 / micronsPerPixel);
      try (Directory directory = new Directory(out, 15)) {
        directory.add(256, LONG, 1, width);
        directory.add(257, LONG, 1, height);
        // Three numbers of 16 bits: 8, 8, 8.
        directory.add(258, SHORT, CHANNELS, 0x0008_0008_0008L);
        directory.add(259, SHORT, 1, 8);
        directory.add(262, SHORT, 1, 2);
        directory.add(277, SHORT, 1, CHANNELS);
        directory.add(282, RATIONAL, 1, 1000L << 32 | perCentimetre);
        directory.add(283, RATIONAL, 1, 1000L << 32 | perCentimetre);
        directory.add(284, SHORT, 1, 1);
        directory.add(296, SHORT, 1, 3);
        directory.add(317, SHORT, 1, 2);
        directory.add(322, LONG, 1, SIDE);
        directory.add(323, LONG, 1, SIDE);
        directory.add(324, LONG8, offsets.length, offsets.length == 1 ? offsets[0] : offsetsAt);
        directory.add(325, LONG8, counts.length, counts.length == 1 ? counts[0] : countsAt);
      }
    }
  }

  /** A tile with the difference of each pixel to the one on its left, compressed. What is outside is white. */
  private static byte[] packed(Rectangle inside, Pixels pixels) throws IOException {
    int[] read = pixels.read(inside);
    byte[] bytes = new byte[SIDE * SIDE * CHANNELS];
    for (int y = 0, at = 0; y < SIDE; y++) {
      int left = 0;
      for (int x = 0; x < SIDE; x++) {
        int rgb = x < inside.width && y < inside.height ? read[y * inside.width + x] : 0xFFFFFF;
        for (int shift = 16; shift >= 0; shift -= 8) bytes[at++] = (byte) ((rgb >> shift) - (left >> shift));
        left = rgb;
      }
    }
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (DeflaterOutputStream stream = new DeflaterOutputStream(packed, deflater)) {
      stream.write(bytes);
    } finally {
      deflater.end();
    }
    return packed.toByteArray();
  }

  private static long write(RandomAccessFile out, long[] numbers) throws IOException {
    long at = out.getFilePointer();
    ByteBuffer bytes = littleEndian(8 * numbers.length);
    for (long number : numbers) bytes.putLong(number);
    out.write(bytes.array());
    return at;
  }

  private static ByteBuffer littleEndian(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The one directory of the file; the header points to it once it is written. */
  private static final class Directory implements Closeable {
    private final RandomAccessFile out;
    private final long at;
    private final ByteBuffer bytes;

    Directory(RandomAccessFile out, int tags) throws IOException {
      this.out = out;
      at = out.getFilePointer();
      bytes = littleEndian(8 + 20 * tags + 8);
      bytes.putLong(tags);
    }

    /** Tags come in rising order. A value of up to 8 bytes stands in the tag itself. */
    void add(int tag, int type, long count, long value) {
      bytes.putShort((short) tag).putShort((short) type).putLong(count).putLong(value);
    }

    @Override
    public void close() throws IOException {
      bytes.putLong(0);
      out.write(bytes.array());
      ByteBuffer header = littleEndian(16);
      header.put((byte) 'I').put((byte) 'I').putShort((short) 43).putShort((short) 8).putShort((short) 0).putLong(at);
      out.seek(0);
      out.write(header.array());
    }
  }
}
