package restain.client;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;

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

  /** A TIFF file of tiles, as slides are. It states no pixel size. */
  static byte[] tiledTiff(BufferedImage image) throws IOException {
    return tiff("", image);
  }

  /** A file with several images, each of them a slide. */
  static byte[] omeTiff(BufferedImage... images) throws IOException {
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    xml.append("<OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\">");
    for (int i = 0; i < images.length; i++)
      xml.append(
          String.format(
              "<Image ID=\"Image:%1$d\"><Pixels ID=\"Pixels:%1$d\" DimensionOrder=\"XYCZT\" Type=\"uint8\" SizeX=\"%2$d\""
                  + " SizeY=\"%3$d\" SizeC=\"3\" SizeZ=\"1\" SizeT=\"1\" Interleaved=\"true\">"
                  + "<Channel ID=\"Channel:%1$d:0\" SamplesPerPixel=\"3\"/><TiffData IFD=\"%1$d\" PlaneCount=\"1\"/>"
                  + "</Pixels></Image>",
              i, images[i].getWidth(), images[i].getHeight()));
    return tiff(xml.append("</OME>").toString(), images);
  }

  private static byte[] tiff(String description, BufferedImage... pages) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("tiff").next();
    ImageWriteParam how = writer.getDefaultWriteParam();
    how.setTilingMode(ImageWriteParam.MODE_EXPLICIT);
    how.setTiling(256, 256, 0, 0);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(file)) {
      writer.setOutput(stream);
      writer.prepareWriteSequence(null);
      for (BufferedImage page : pages) {
        IIOMetadata metadata = writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(page), how);
        if (!description.isEmpty()) describe(metadata, description);
        writer.writeToSequence(new IIOImage(page, null, metadata), how);
      }
      writer.endWriteSequence();
    } finally {
      writer.dispose();
    }
    return file.toByteArray();
  }

  private static void describe(IIOMetadata metadata, String description) throws IOException {
    IIOMetadataNode root = new IIOMetadataNode(metadata.getNativeMetadataFormatName());
    IIOMetadataNode text = node("TIFFAscii", "value", description);
    IIOMetadataNode texts = new IIOMetadataNode("TIFFAsciis");
    texts.appendChild(text);
    IIOMetadataNode field = node("TIFFField", "number", "270");
    field.setAttribute("name", "ImageDescription");
    field.appendChild(texts);
    IIOMetadataNode directory = new IIOMetadataNode("TIFFIFD");
    directory.appendChild(field);
    root.appendChild(directory);
    metadata.mergeTree(root.getNodeName(), root);
  }

  private static IIOMetadataNode node(String name, String attribute, String value) {
    IIOMetadataNode node = new IIOMetadataNode(name);
    node.setAttribute(attribute, value);
    return node;
  }
}
