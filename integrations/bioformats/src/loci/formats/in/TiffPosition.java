package loci.formats.in;

import java.io.IOException;
import loci.common.RandomAccessInputStream;
import loci.formats.FormatException;
import loci.formats.ImageReader;
import loci.formats.tiff.IFD;
import loci.formats.tiff.OnDemandLongArray;

/**
 * Where in its file a reader of TIFF has read last: the end of the tile or strip that a pixel is in. Bio-Formats does not
 * say otherwise which page of a file it reads. This class is in the package of its readers because it needs their fields.
 */
public final class TiffPosition {
  /** Not a TIFF, a reader that is not known here, or a lower level of an OME-TIFF. */
  public static final long UNKNOWN = -1;
  /** The plane is in another file of the slide. */
  public static final long ELSEWHERE = 0;

  private TiffPosition() {}

  /**
   * Reads a pixel and says where its tile or strip ends.
   *
   * @param plane of the current series and resolution
   * @return the end, or a byte or two behind it
   */
  public static long of(ImageReader reader, int plane, int x, int y, String path)
      throws FormatException, IOException, ReflectiveOperationException {
    if (reader.getReader() instanceof OMETiffReader ome) {
      // The type of what is in the table is private, its fields are not.
      Object at = ((Object[][]) ome.info)[ome.getSeries()][plane];
      if (!path.equals(at.getClass().getField("id").get(at))) return ELSEWHERE;
      if (ome.getResolution() > 0) return UNKNOWN;
      // The reader of the file lists its pages when it is first used.
      read(reader, plane, x, y);
      MinimalTiffReader file = (MinimalTiffReader) at.getClass().getField("reader").get(at);
      return endOfTile(file.getIFDs().get(at.getClass().getField("ifd").getInt(at)), x, y, path);
    }
    if (!(reader.getReader() instanceof MinimalTiffReader tiff)) return UNKNOWN;
    if (!path.equals(tiff.getCurrentFile())) return ELSEWHERE;
    // A missing tile is not read: what was read before must not count for it.
    tiff.tiffParser.getStream().seek(0);
    read(reader, plane, x, y);
    return tiff.tiffParser.getStream().getFilePointer();
  }

  /** A tile that cannot be decoded has been read all the same. */
  private static void read(ImageReader reader, int plane, int x, int y) {
    try {
      reader.openBytes(plane, x, y, 1, 1);
    } catch (FormatException | IOException | RuntimeException damaged) {
      // Whoever reads the tile for its pixels is told.
    }
  }

  private static long endOfTile(IFD page, int x, int y, String path) throws FormatException, IOException {
    int tile = (int) (y / page.getTileLength() * page.getTilesPerRow() + x / page.getTileWidth());
    int[] tables = page.isTiled() ? new int[] {IFD.TILE_OFFSETS, IFD.TILE_BYTE_COUNTS}
        : new int[] {IFD.STRIP_OFFSETS, IFD.STRIP_BYTE_COUNTS};
    try (RandomAccessInputStream file = new RandomAccessInputStream(path)) {
      file.order(page.isLittleEndian());
      // Long tables are read from the file when they are asked for. The reader has closed its own stream by now.
      for (int table : tables)
        if (page.getIFDValue(table) instanceof OnDemandLongArray late) late.setStream(file);
      return page.getStripOffsets()[tile] + page.getStripByteCounts()[tile];
    }
  }
}
