package restain;

import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Path;
import java.util.function.IntUnaryOperator;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParser;
import javax.xml.parsers.SAXParserFactory;
import org.w3c.dom.DOMImplementation;
import org.w3c.dom.Document;
import org.xml.sax.EntityResolver;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.Parser;
import org.xml.sax.SAXException;
import org.xml.sax.SAXNotRecognizedException;
import org.xml.sax.SAXNotSupportedException;
import org.xml.sax.XMLReader;
import org.xml.sax.helpers.XMLFilterImpl;
import org.xml.sax.helpers.XMLReaderAdapter;

/**
 * Limits for all XML of a file, checked before it is parsed by any reader. Length and number of tags are checked here, depth
 * and entities by the runtime's own parser, which these factories use instead of the jar's. Metadata of real slides stays
 * far below the limits; above them, building trees and running style sheets would take minutes.
 */
public final class BoundedXml {
  /** In bytes or characters. */
  private static final int MAX_LENGTH = 32 << 20;
  private static final int MAX_TAGS = 200_000;

  private BoundedXml() {}

  /** Registers these factories, so that every reader that asks the runtime for a parser gets ours. */
  static void install() {
    System.setProperty("javax.xml.parsers.SAXParserFactory", Sax.class.getName());
    System.setProperty("javax.xml.parsers.DocumentBuilderFactory", Dom.class.getName());
    System.setProperty("org.xml.sax.driver", BoundedReader.class.getName());
    System.setProperty("jdk.xml.maxElementDepth", "200");
    System.setProperty("jdk.xml.entityExpansionLimit", "64");
    System.setProperty("jdk.xml.totalEntitySizeLimit", "100000");
  }

  /** The same text, read to its end and checked against the limits. */
  private static InputSource bounded(InputSource source) throws SAXException, IOException {
    InputSource checked = new InputSource(source.getSystemId());
    checked.setPublicId(source.getPublicId());
    checked.setEncoding(source.getEncoding());
    if (source.getCharacterStream() != null) {
      String text = readAll(source.getCharacterStream());
      assertFewTags(text.length(), text::charAt);
      checked.setCharacterStream(new StringReader(text));
      return checked;
    }
    byte[] bytes = source.getByteStream() != null ? readAll(source.getByteStream()) : readFile(source.getSystemId());
    assertFewTags(bytes.length, i -> bytes[i]);
    checked.setByteStream(new ByteArrayInputStream(bytes));
    return checked;
  }

  private static String readAll(Reader reader) throws IOException, SAXException {
    StringBuilder text = new StringBuilder();
    char[] chunk = new char[1 << 16];
    for (int got; (got = reader.read(chunk)) >= 0; ) {
      text.append(chunk, 0, got);
      if (text.length() > MAX_LENGTH) throw new SAXException("too long");
    }
    return text.toString();
  }

  private static byte[] readAll(InputStream stream) throws IOException, SAXException {
    byte[] bytes = stream.readNBytes(MAX_LENGTH + 1);
    if (bytes.length > MAX_LENGTH) throw new SAXException("too long");
    return bytes;
  }

  /** For readers that pass the address of a file of the slide instead of its content. */
  private static byte[] readFile(String address) throws IOException, SAXException {
    if (address == null || !address.startsWith("file:")) throw new SAXException("elsewhere");
    try (InputStream stream = new FileInputStream(Path.of(URI.create(address)).toFile())) {
      return readAll(stream);
    }
  }

  /** Counts opening brackets, which works in every encoding: the zero bytes of UTF-16 do not matter. */
  private static void assertFewTags(int length, IntUnaryOperator text) throws SAXException {
    int brackets = 0;
    for (int i = 0; i < length; i++)
      if (text.applyAsInt(i) == '<' && ++brackets > 2 * MAX_TAGS) throw new SAXException("too many tags");
  }

  public static final class BoundedReader extends XMLFilterImpl {
    public BoundedReader() throws SAXException, ParserConfigurationException {
      this(SAXParserFactory.newDefaultNSInstance().newSAXParser().getXMLReader());
    }

    BoundedReader(XMLReader reader) {
      super(reader);
    }

    @Override
    public void parse(InputSource source) throws SAXException, IOException {
      super.parse(bounded(source));
    }
  }

  public static final class Sax extends SAXParserFactory {
    private final SAXParserFactory runtime = SAXParserFactory.newDefaultInstance();

    @Override
    public SAXParser newSAXParser() throws ParserConfigurationException, SAXException {
      runtime.setNamespaceAware(isNamespaceAware());
      runtime.setValidating(isValidating());
      return new BoundedSaxParser(runtime.newSAXParser());
    }

    @Override
    public void setFeature(String name, boolean value)
        throws ParserConfigurationException, SAXNotRecognizedException, SAXNotSupportedException {
      runtime.setFeature(name, value);
    }

    @Override
    public boolean getFeature(String name)
        throws ParserConfigurationException, SAXNotRecognizedException, SAXNotSupportedException {
      return runtime.getFeature(name);
    }
  }

  /** All methods of the superclass end up in {@link #getXMLReader} or {@link #getParser}. */
  private static final class BoundedSaxParser extends SAXParser {
    private final SAXParser parser;
    private final XMLReader reader;

    BoundedSaxParser(SAXParser parser) throws SAXException {
      this.parser = parser;
      reader = new BoundedReader(parser.getXMLReader());
    }

    @Override
    public XMLReader getXMLReader() {
      return reader;
    }

    @Override
    @SuppressWarnings("deprecation")
    public Parser getParser() {
      return new XMLReaderAdapter(reader);
    }

    @Override
    public boolean isNamespaceAware() {
      return parser.isNamespaceAware();
    }

    @Override
    public boolean isValidating() {
      return parser.isValidating();
    }

    @Override
    public void setProperty(String name, Object value) throws SAXNotRecognizedException, SAXNotSupportedException {
      parser.setProperty(name, value);
    }

    @Override
    public Object getProperty(String name) throws SAXNotRecognizedException, SAXNotSupportedException {
      return parser.getProperty(name);
    }
  }

  public static final class Dom extends DocumentBuilderFactory {
    private final DocumentBuilderFactory runtime = DocumentBuilderFactory.newDefaultInstance();

    @Override
    public DocumentBuilder newDocumentBuilder() throws ParserConfigurationException {
      runtime.setNamespaceAware(isNamespaceAware());
      runtime.setValidating(isValidating());
      runtime.setCoalescing(isCoalescing());
      runtime.setExpandEntityReferences(isExpandEntityReferences());
      runtime.setIgnoringComments(isIgnoringComments());
      runtime.setIgnoringElementContentWhitespace(isIgnoringElementContentWhitespace());
      return new BoundedBuilder(runtime.newDocumentBuilder());
    }

    @Override
    public void setAttribute(String name, Object value) {
      runtime.setAttribute(name, value);
    }

    @Override
    public Object getAttribute(String name) {
      return runtime.getAttribute(name);
    }

    @Override
    public void setFeature(String name, boolean value) throws ParserConfigurationException {
      runtime.setFeature(name, value);
    }

    @Override
    public boolean getFeature(String name) throws ParserConfigurationException {
      return runtime.getFeature(name);
    }
  }

  /** All methods of the superclass end up in {@link #parse(InputSource)}. */
  private static final class BoundedBuilder extends DocumentBuilder {
    private final DocumentBuilder builder;

    BoundedBuilder(DocumentBuilder builder) {
      this.builder = builder;
    }

    @Override
    public Document parse(InputSource source) throws SAXException, IOException {
      return builder.parse(bounded(source));
    }

    @Override
    public boolean isNamespaceAware() {
      return builder.isNamespaceAware();
    }

    @Override
    public boolean isValidating() {
      return builder.isValidating();
    }

    @Override
    public void setEntityResolver(EntityResolver resolver) {
      builder.setEntityResolver(resolver);
    }

    @Override
    public void setErrorHandler(ErrorHandler handler) {
      builder.setErrorHandler(handler);
    }

    @Override
    public Document newDocument() {
      return builder.newDocument();
    }

    @Override
    public DOMImplementation getDOMImplementation() {
      return builder.getDOMImplementation();
    }
  }
}
