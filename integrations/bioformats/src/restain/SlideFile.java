package restain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import loci.common.services.DependencyException;
import loci.common.services.ServiceException;
import loci.common.services.ServiceFactory;
import loci.formats.ClassList;
import loci.formats.FormatException;
import loci.formats.FormatTools;
import loci.formats.IFormatReader;
import loci.formats.ImageReader;
import loci.formats.in.DynamicMetadataOptions;
import loci.formats.in.MetadataLevel;
import loci.formats.in.TiffPosition;
import loci.formats.meta.MetadataRetrieve;
import loci.formats.ome.OMEXMLMetadata;
import loci.formats.services.OMEXMLService;
import ome.units.UNITS;
import ome.units.quantity.Length;

/** One open file (or set of files): its images, and regions of them as 8-bit RGB. */
final class SlideFile implements AutoCloseable {
  /**
   * Left out are readers that invent pixels, that read any file or address named in the file, that unpack archives (the
   * server has done so), or that pass the file to native code which follows names by itself (external files of HDF5).
   */
  private static final Set<String> LEFT_OUT = Set.of("FakeReader", "FilePatternReader", "URLReader", "ZipReader",
      "ScreenReader", "ZarrReader", "SlideBook6Reader", "SlideBook7Reader", "TextReader", "PovrayReader", "NRRDReader",
      "ICSReader", "CellH5Reader", "BDVReader", "TecanReader");
  /** Pictures of the glass, its label and its barcode: they can show a patient's name and are never read. */
  private static final List<String> SIDE_IMAGES = List.of("label", "macro", "overview", "thumb", "barcode", "preview");
  /** A channel name that is only a number: "Channel:0:1", "C1", "ch 2". */
  private static final Pattern NUMBER_ALONE =
      Pattern.compile("\\s*(channel|chan|ch|c)?[\\s:_=#-]*(\\d+[\\s:_-]*)*", Pattern.CASE_INSENSITIVE);
  /** Bytes of samples that are decoded at once. */
  private static final int BAND_BYTES = 48_000_000;
  /** How many samples are searched for the largest. */
  private static final long MAX_SCANNED = 32_000_000;

  private final String path;
  private final ImageReader reader;
  private final OMEXMLMetadata metadata;
  /** null for nearly all files. */
  private final SubsampledTiles subsampled;
  private final double[] fullScales;
  /** For each image, the alpha value of an opaque pixel; null until it is needed. */
  private final Double[] opaques;

  SlideFile(String path) throws FormatException, IOException, DependencyException, ServiceException {
    this.path = path;
    metadata = new ServiceFactory().getInstance(OMEXMLService.class).createOMEXMLMetadata();
    reader = new ImageReader(readers());
    try {
      reader.setFlattenedResolutions(false);
      reader.setGroupFiles(true);
      reader.setOriginalMetadataPopulated(false);
      reader.setMetadataOptions(new DynamicMetadataOptions(MetadataLevel.NO_OVERLAYS));
      reader.setMetadataStore(metadata);
      reader.setId(path);
      subsampled = SubsampledTiles.open(path);
    } catch (Throwable error) {
      reader.close();
      throw error;
    }
    fullScales = new double[reader.getSeriesCount()];
    opaques = new Double[reader.getSeriesCount()];
  }

  private static ClassList<IFormatReader> readers() {
    ClassList<IFormatReader> all = new ClassList<>(IFormatReader.class);
    for (Class<? extends IFormatReader> type : ImageReader.getDefaultReaderClasses().getClasses())
      if (!LEFT_OUT.contains(type.getSimpleName())) all.addClass(type);
    return all;
  }

  /** The names of all formats that are read. */
  static String formats() {
    Json json = new Json().open('[');
    try (ImageReader all = new ImageReader(readers())) {
      Stream.of(all.getReaders()).map(IFormatReader::getFormat).distinct().sorted().forEach(json::value);
    } catch (IOException nothingWasOpen) {
      throw new UncheckedIOException(nothingWasOpen);
    }
    return json.close(']').toString();
  }

  /** What the file contains, without any of its text. */
  String describe() {
    Json json = new Json().open('{').put("format", reader.getFormat()).name("images").open('[');
    for (int series = 0; series < reader.getSeriesCount(); series++) describeSeries(json, series);
    return json.close(']').close('}').toString();
  }

  private void describeSeries(Json json, int series) {
    reader.setSeries(series);
    reader.setResolution(0);
    json.open('{').put("series", series).put("isSideImage", isSideImage(series));
    json.put("width", reader.getSizeX()).put("height", reader.getSizeY());
    json.put("z", reader.getSizeZ()).put("t", reader.getSizeT());
    json.put("channels", reader.getEffectiveSizeC()).put("samples", reader.getRGBChannelCount());
    json.put("type", FormatTools.getPixelTypeString(reader.getPixelType()));
    json.put("isPalette", isPalette()).put("isRgbByName", rgbByName(series) != null).put("isUnnamed", isUnnamed(series));
    json.put("micronsPerPixel", microns(metadata.getPixelsPhysicalSizeX(series)));
    json.put("micronsPerPixelY", microns(metadata.getPixelsPhysicalSizeY(series)));
    json.put("magnification", magnification(series));
    json.name("levels").open('[');
    for (int level = 0; level < reader.getResolutionCount(); level++) {
      reader.setResolution(level);
      json.open('{').put("width", reader.getSizeX()).put("height", reader.getSizeY()).close('}');
    }
    reader.setResolution(0);
    json.close(']').close('}');
  }

  private boolean isSideImage(int series) {
    if (reader.isThumbnailSeries()) return true;
    String name = metadata.getImageName(series);
    if (name == null) return false;
    String lower = name.toLowerCase(Locale.ROOT);
    return SIDE_IMAGES.stream().anyMatch(lower::contains);
  }

  /** Whether the palette is part of the picture, not a display setting of some software. */
  private boolean isPalette() {
    return reader.isIndexed() && !reader.isFalseColor();
  }

  /** The planes of red, green and blue if three channels have these names, else null. */
  private int[] rgbByName(int series) {
    if (reader.getRGBChannelCount() != 1 || reader.getEffectiveSizeC() != 3) return null;
    int[] planes = {-1, -1, -1};
    for (int c = 0; c < 3; c++) {
      String name = c < metadata.getChannelCount(series) ? metadata.getChannelName(series, c) : null;
      if (name == null) return null;
      int at = switch (name.trim().toLowerCase(Locale.ROOT)) {
        case "red", "r" -> 0;
        case "green", "g" -> 1;
        case "blue", "b" -> 2;
        default -> -1;
      };
      if (at < 0 || planes[at] >= 0) return null;
      planes[at] = c;
    }
    return planes;
  }

  /** Whether there are three channels without names, or with numbers only. A person has to say whether they are RGB. */
  private boolean isUnnamed(int series) {
    if (reader.getRGBChannelCount() != 1 || reader.getEffectiveSizeC() != 3) return false;
    for (int c = 0; c < Math.min(3, metadata.getChannelCount(series)); c++) {
      String name = metadata.getChannelName(series, c);
      if (name != null && !NUMBER_ALONE.matcher(name).matches()) return false;
      if (metadata.getChannelEmissionWavelength(series, c) != null || metadata.getChannelFluor(series, c) != null)
        return false;
    }
    return true;
  }

  /** Which planes are red, green and blue; null if the colours are not separate planes. */
  private int[] rgbPlanes(int series) {
    return isUnnamed(series) ? new int[] {0, 1, 2} : rgbByName(series);
  }

  private static Double microns(Length length) {
    Number value = length == null ? null : length.value(UNITS.MICROMETER);
    return value == null ? null : value.doubleValue();
  }

  private Double magnification(int series) {
    try {
      MetadataRetrieve retrieve = metadata;
      String id = retrieve.getObjectiveSettingsID(series);
      for (int i = 0; id != null && i < retrieve.getInstrumentCount(); i++)
        for (int k = 0; k < retrieve.getObjectiveCount(i); k++)
          if (id.equals(retrieve.getObjectiveID(i, k))) return retrieve.getObjectiveNominalMagnification(i, k);
    } catch (RuntimeException absent) {
      // The metadata store throws if a format filled it only in part. The value is for display, so it may be missing.
    }
    return null;
  }

  /**
   * Where in the file the tile or strip ends that holds a pixel of a level, which tells the page that is read for it.
   *
   * @return null if it is not known; 0 if it is in another file
   */
  Long endOfTile(int series, int level, int z, int x, int y)
      throws FormatException, IOException, ReflectiveOperationException {
    choose(series, level);
    if (x < 0 || y < 0 || z < 0 || x >= reader.getSizeX() || y >= reader.getSizeY() || z >= reader.getSizeZ())
      throw new BadRequest();
    int[] rgbPlanes = rgbPlanes(series);
    int plane = reader.getIndex(z, rgbPlanes == null ? 0 : rgbPlanes[0], 0);
    long end = TiffPosition.of(reader, plane, x, y, path);
    return end == TiffPosition.UNKNOWN ? null : end;
  }

  private void choose(int series, int level) {
    if (series < 0 || series >= reader.getSeriesCount()) throw new BadRequest();
    reader.setSeries(series);
    reader.setResolution(0);
    if (isSideImage(series)) throw new BadRequest();
    reader.setResolution(level);
  }

  /** A region of one level, in that level's pixels, as width x height x 3 bytes. */
  byte[] readRegion(int series, int level, int z, int x, int y, int width, int height, boolean hasAlpha)
      throws FormatException, IOException {
    choose(series, 0);
    int[] rgbPlanes = rgbPlanes(series);
    double fullScale = fullScale(series);
    double opaque = hasAlpha && reader.getRGBChannelCount() == 4 ? opaque(series) : 0;
    reader.setResolution(level);
    boolean isInside = x >= 0 && y >= 0 && width > 0 && height > 0 && z >= 0 && z < reader.getSizeZ()
        && (long) x + width <= reader.getSizeX() && (long) y + height <= reader.getSizeY();
    if (!isInside) throw new BadRequest();

    byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)];
    int rows = bandRows(width);
    for (int row = 0; row < height; row += rows) {
      int bandHeight = Math.min(rows, height - row);
      int pixels = width * bandHeight;
      int offset = row * width * 3;
      if (rgbPlanes == null) {
        Samples samples = read(reader.getIndex(z, 0, 0), x, y + row, width, bandHeight);
        if (isPalette()) writePalette(samples, rgb, offset, pixels);
        else samples.writeRgb(layout(), fullScale, opaque, rgb, offset, pixels);
        continue;
      }
      for (int c = 0; c < 3; c++)
        read(reader.getIndex(z, rgbPlanes[c], 0), x, y + row, width, bandHeight)
            .writeChannel(c, fullScale, rgb, offset, pixels);
    }
    return rgb;
  }

  private Samples read(int plane, int x, int y, int width, int height) throws FormatException, IOException {
    int levelWidth = reader.getSizeX();
    int levelHeight = reader.getSizeY();
    byte[] bytes = subsampled != null && subsampled.has(levelWidth, levelHeight)
        ? subsampled.read(levelWidth, levelHeight, x, y, width, height, reader.isInterleaved())
        : reader.openBytes(plane, x, y, width, height);
    return new Samples(bytes, reader.getPixelType(), reader.isLittleEndian());
  }

  private Samples.Layout layout() {
    return new Samples.Layout(reader.getRGBChannelCount(), reader.isInterleaved());
  }

  private void writePalette(Samples samples, byte[] rgb, int offset, int pixels) throws FormatException, IOException {
    byte[][] bytes = reader.get8BitLookupTable();
    short[][] shorts = bytes == null ? reader.get16BitLookupTable() : null;
    if (bytes == null && shorts == null) throw new FormatException("palette");
    int entries = bytes == null ? shorts[0].length : bytes[0].length;
    int[][] palette = new int[3][entries];
    for (int c = 0; c < 3; c++)
      for (int i = 0; i < entries; i++) palette[c][i] = bytes == null ? shorts[c][i] & 0xffff : bytes[c][i] & 0xff;
    samples.writePalette(palette, bytes == null ? 65535 : 255, rgb, offset, pixels);
  }

  private int bandRows(int width) {
    int bytesPerRow = width * reader.getRGBChannelCount() * FormatTools.getBytesPerPixel(reader.getPixelType());
    int rows = Math.max(1, BAND_BYTES / Math.max(1, bytesPerRow));
    int tile = Math.max(1, reader.getOptimalTileHeight());
    return rows > tile ? rows / tile * tile : rows;
  }

  /** The sample that becomes 255: the same for the whole image, so that its regions match. */
  private double fullScale(int series) throws FormatException, IOException {
    int type = reader.getPixelType();
    if (type == FormatTools.UINT8 || type == FormatTools.INT8) return 255;
    if (fullScales[series] > 0) return fullScales[series];
    boolean isInteger = type != FormatTools.FLOAT && type != FormatTools.DOUBLE;
    int bits = reader.getBitsPerPixel();
    boolean statesFewer = isInteger && bits >= 8 && bits < 8 * FormatTools.getBytesPerPixel(type);
    fullScales[series] = statesFewer ? Math.pow(2, bits) - 1 : Samples.fullScale(range(0, Math.min(3, reader.getRGBChannelCount())).largest(), type);
    return fullScales[series];
  }

  /** As in the reader of common formats: scaled by the largest alpha; not used if alpha is the same everywhere. */
  private double opaque(int series) throws FormatException, IOException {
    if (opaques[series] == null) {
      Samples.Range alpha = range(3, 4);
      double white = alpha.largest() <= 1 ? 1 : Samples.fullScale(alpha.largest(), reader.getPixelType());
      opaques[series] = alpha.isUniform() ? 0 : white;
    }
    return opaques[series];
  }

  /** Range of the samples on the coarsest level, whose white background is as bright as that of the finest. */
  private Samples.Range range(int from, int to) throws FormatException, IOException {
    reader.setResolution(reader.getResolutionCount() - 1);
    try {
      int width = reader.getSizeX();
      int samplesPerPixel = reader.getRGBChannelCount();
      int rows = (int) Math.min(reader.getSizeY(), Math.max(1, MAX_SCANNED / ((long) width * samplesPerPixel)));
      int top = (reader.getSizeY() - rows) / 2;
      Samples.Range range = Samples.Range.NONE;
      for (int c = 0; c < reader.getEffectiveSizeC(); c++)
        for (int row = 0; row < rows; row += bandRows(width)) {
          int height = Math.min(bandRows(width), rows - row);
          range = range.and(read(reader.getIndex(0, c, 0), 0, top + row, width, height).range(layout(), from, to));
        }
      return range;
    } finally {
      reader.setResolution(0);
    }
  }

  @Override
  public void close() throws IOException {
    if (subsampled != null) subsampled.close();
    reader.close();
  }
}
