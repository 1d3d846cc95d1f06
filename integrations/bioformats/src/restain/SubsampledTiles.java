package restain;

import com.sun.media.imageioimpl.plugins.jpeg2000.IISRandomAccessIO;
import com.sun.media.imageioimpl.plugins.jpeg2000.J2KImageReadParamJava;
import java.awt.Point;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.imageio.stream.MemoryCacheImageInputStream;
import jj2000.j2k.codestream.HeaderInfo;
import jj2000.j2k.codestream.reader.BitstreamReaderAgent;
import jj2000.j2k.codestream.reader.HeaderDecoder;
import jj2000.j2k.decoder.DecoderSpecs;
import jj2000.j2k.image.BlkImgDataSrc;
import jj2000.j2k.image.DataBlkInt;
import jj2000.j2k.image.ImgDataConverter;
import jj2000.j2k.wavelet.synthesis.InverseWT;
import loci.common.RandomAccessInputStream;
import loci.formats.FormatException;
import loci.formats.tiff.IFD;
import loci.formats.tiff.IFDList;
import loci.formats.tiff.TiffCompression;
import loci.formats.tiff.TiffParser;

/**
 * Tiles of a TIFF in JPEG 2000 whose colour has a lower resolution than its brightness (4:2:2, 4:2:0), as Aperio writes
 * them. Bio-Formats expects components of one size, so these tiles are decoded here, by its own decoder but component by
 * component. Each colour sample is repeated over the pixels that it covers.
 */
final class SubsampledTiles implements AutoCloseable {
  private static final int COMPONENTS = 3;
  /** Start of a codestream and of its size marker. */
  private static final byte[] CODESTREAM = {(byte) 0xff, 0x4f, (byte) 0xff, 0x51};
  /** A codestream starts within this many bytes: boxes before it are short. */
  private static final int HEAD_BYTES = 1024;
  /** From the start of a codestream: the number of components, and the first one's depth and subsampling. */
  private static final int COUNT_AT = 40;
  private static final int FIRST_COMPONENT_AT = 42;

  private final RandomAccessInputStream file;
  private final IFDList pages;

  private SubsampledTiles(RandomAccessInputStream file, IFDList pages) {
    this.file = file;
    this.pages = pages;
  }

  /** @return null if the file is not a TIFF, or if its first page in JPEG 2000 has no such tiles */
  static SubsampledTiles open(String path) throws IOException, FormatException {
    RandomAccessInputStream file = new RandomAccessInputStream(path);
    try {
      TiffParser parser = new TiffParser(file);
      if (parser.isValidHeader()) {
        parser.setDoCaching(false);
        IFDList pages = new IFDList();
        for (IFD page : parser.getIFDs()) {
          parser.fillInIFD(page);
          if (isJpeg2000(page)) pages.add(page);
        }
        SubsampledTiles tiles = new SubsampledTiles(file, pages);
        if (!pages.isEmpty() && tiles.isSubsampled(pages.get(0))) return tiles;
      }
    } catch (Throwable error) {
      file.close();
      throw error;
    }
    file.close();
    return null;
  }

  private static boolean isJpeg2000(IFD page) throws FormatException {
    int compression = page.getIFDIntValue(IFD.COMPRESSION);
    return page.isTiled() && (compression == TiffCompression.JPEG_2000.getCode() || compression == 33003
        || compression == 33005);
  }

  private boolean isSubsampled(IFD page) throws FormatException, IOException {
    long[] offsets = page.getStripOffsets();
    long[] counts = page.getStripByteCounts();
    for (int tile = 0; tile < offsets.length; tile++) {
      if (offsets[tile] == 0 || counts[tile] == 0) continue;
      byte[] head = bytes(offsets[tile], (int) Math.min(HEAD_BYTES, counts[tile]));
      int start = codestreamIn(head);
      if (start < 0 || start + FIRST_COMPONENT_AT + 3 * COMPONENTS > head.length) return false;
      ByteBuffer size = ByteBuffer.wrap(head, start, head.length - start).slice();
      if (size.getShort(COUNT_AT) != COMPONENTS) return false;
      byte[] first = {1, 1};
      for (int c = 0; c < COMPONENTS; c++) {
        int at = FIRST_COMPONENT_AT + 3 * c + 1;
        if (c == 0) first = new byte[] {size.get(at), size.get(at + 1)};
        else if (size.get(at) != first[0] || size.get(at + 1) != first[1]) return true;
      }
      return false;
    }
    return false;
  }

  private static int codestreamIn(byte[] head) {
    for (int i = 0; i + CODESTREAM.length <= head.length; i++)
      if (Arrays.equals(head, i, i + CODESTREAM.length, CODESTREAM, 0, CODESTREAM.length)) return i;
    return -1;
  }

  /** Whether the level of this size has such tiles. */
  boolean has(int width, int height) throws FormatException {
    return pageOf(width, height) != null;
  }

  private IFD pageOf(int width, int height) throws FormatException {
    for (IFD page : pages) if (page.getImageWidth() == width && page.getImageLength() == height) return page;
    return null;
  }

  /**
   * A region of the level of this size, with its three components one after the other or interleaved. YCbCr is not
   * converted; the caller does that. Missing tiles stay zero.
   */
  byte[] read(int levelWidth, int levelHeight, int x, int y, int width, int height, boolean isInterleaved)
      throws FormatException, IOException {
    IFD page = pageOf(levelWidth, levelHeight);
    int tileWidth = (int) page.getTileWidth();
    int tileHeight = (int) page.getTileLength();
    int across = (levelWidth + tileWidth - 1) / tileWidth;
    long[] offsets = page.getStripOffsets();
    long[] counts = page.getStripByteCounts();
    byte[] out = new byte[COMPONENTS * width * height];
    for (int row = y / tileHeight; row * tileHeight < y + height; row++)
      for (int column = x / tileWidth; column * tileWidth < x + width; column++) {
        int tile = row * across + column;
        if (offsets[tile] == 0 || counts[tile] == 0) continue;
        byte[][] planes = decode(bytes(offsets[tile], Math.toIntExact(counts[tile])), tileWidth, tileHeight);
        int left = Math.max(x, column * tileWidth);
        int right = Math.min(x + width, (column + 1) * tileWidth);
        for (int line = Math.max(y, row * tileHeight); line < Math.min(y + height, (row + 1) * tileHeight); line++)
          for (int at = left; at < right; at++) {
            int from = (line - row * tileHeight) * tileWidth + at - column * tileWidth;
            int pixel = (line - y) * width + at - x;
            for (int c = 0; c < COMPONENTS; c++)
              out[isInterleaved ? COMPONENTS * pixel + c : c * width * height + pixel] = planes[c][from];
          }
      }
    return out;
  }

  private byte[] bytes(long offset, int count) throws IOException {
    byte[] bytes = new byte[count];
    file.seek(offset);
    file.readFully(bytes);
    return bytes;
  }

  /** The three components as planes of the tile's size, in 8 bits. */
  private static byte[][] decode(byte[] stream, int width, int height) throws IOException, FormatException {
    int start = codestreamIn(Arrays.copyOf(stream, Math.min(HEAD_BYTES, stream.length)));
    if (start < 0) throw new FormatException("no codestream");
    ByteArrayInputStream codestream = new ByteArrayInputStream(stream, start, stream.length - start);
    IISRandomAccessIO in = new IISRandomAccessIO(new MemoryCacheImageInputStream(codestream));
    J2KImageReadParamJava options = new J2KImageReadParamJava();
    HeaderInfo info = new HeaderInfo();
    HeaderDecoder header = new HeaderDecoder(in, options, info);
    DecoderSpecs specs = header.getDecoderSpecs();
    int[] depths = new int[header.getNumComps()];
    for (int c = 0; c < depths.length; c++) depths[c] = header.getOriginalBitDepth(c);
    if (depths.length != COMPONENTS) throw new FormatException("components");
    BitstreamReaderAgent reader = BitstreamReaderAgent.createInstance(in, header, options, specs, false, info);
    InverseWT wavelets = InverseWT.createInstance(
        header.createDequantizer(
            header.createROIDeScaler(header.createEntropyDecoder(reader, options), options, specs), depths, specs),
        specs);
    wavelets.setImgResLevel(reader.getImgRes());
    BlkImgDataSrc image = new ImgDataConverter(wavelets, 0);
    byte[][] planes = new byte[COMPONENTS][width * height];
    Point tiles = image.getNumTiles(null);
    for (int row = 0; row < tiles.y; row++)
      for (int column = 0; column < tiles.x; column++) {
        image.setTile(column, row);
        for (int c = 0; c < COMPONENTS; c++) writeComponent(image, header, c, depths[c], planes[c], width, height);
      }
    return planes;
  }

  /** One component of the codestream's current tile, each sample repeated over the pixels that it covers. */
  private static void writeComponent(BlkImgDataSrc image, HeaderDecoder header, int c, int depth, byte[] plane, int width,
      int height) {
    int samplesAcross = image.getTileCompWidth(image.getTileIdx(), c);
    int samplesDown = image.getTileCompHeight(image.getTileIdx(), c);
    int stepX = image.getCompSubsX(c);
    int stepY = image.getCompSubsY(c);
    int left = image.getCompULX(c) - (image.getImgULX() + stepX - 1) / stepX;
    int top = image.getCompULY(c) - (image.getImgULY() + stepY - 1) / stepY;
    DataBlkInt block = new DataBlkInt(0, 0, samplesAcross, samplesDown);
    do block = (DataBlkInt) image.getInternCompData(block, c); while (block.progressive);
    int fraction = image.getFixedPoint(c);
    // Unsigned samples are coded around the middle of their range.
    int middle = header.isOriginalSigned(c) ? 0 : 1 << (depth - 1);
    int largest = (1 << depth) - 1;
    for (int line = 0; line < Math.min(height, (top + samplesDown) * stepY) - top * stepY; line++)
      for (int at = 0; at < Math.min(width, (left + samplesAcross) * stepX) - left * stepX; at++) {
        int sample = block.data[block.offset + line / stepY * block.scanw + at / stepX];
        int value = Math.max(0, Math.min(largest, (sample >> fraction) + middle));
        plane[(top * stepY + line) * width + left * stepX + at] = (byte) (value * 255 / largest);
      }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
