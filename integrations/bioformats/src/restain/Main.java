package restain;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import loci.common.DebugTools;
import loci.formats.MissingLibraryException;
import loci.formats.UnknownFormatException;
import loci.formats.UnsupportedCompressionException;

/**
 * Reads slides for the server, over standard input and output, one request at a time.
 *
 * A request is a frame: 4 bytes of length (big-endian), then UTF-8 words separated by tabs. An answer is 1 byte of kind
 * ('J' JSON, 'P' RGB pixels, 'E' an error as JSON), 4 bytes of length, then as many bytes.
 *
 *   formats                                          -> J: the names of all formats that are read
 *   open FOLDER FILE                                 -> J: what the file contains; only files in FOLDER may be read
 *   read SERIES LEVEL Z X Y WIDTH HEIGHT ALPHA       -> P: WIDTH x HEIGHT x 3 bytes
 *   locate SERIES LEVEL Z X Y                        -> J: where in the file the tile of this pixel ends; TIFF only
 *   close                                            -> J
 *
 * Only one file is open at a time, so slides of two users are never open together. The program ends at the end of standard
 * input.
 */
public final class Main {
  private static final int MAX_REQUEST_BYTES = 16_384;
  /** A heap larger than this is given back to the system when a file is closed. */
  private static final long ROOMY_HEAP_BYTES = 256L << 20;

  /** Argument that turns our own wall off: to test the other one alone, and for a runtime without a security manager. */
  private static final String UNCONFINED = "unconfined";

  private SlideFile file;
  private final Confinement confinement;

  private Main(Confinement confinement) {
    this.confinement = confinement;
  }

  @SuppressWarnings("removal")
  public static void main(String[] args) throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
    // Readers print text of the file too. None of it may reach the answers or a log.
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    System.setOut(nowhere);
    System.setErr(nowhere);
    DebugTools.setRootLevel("OFF");
    BoundedXml.install();

    List<Path> code = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(System.getProperty("path.separator")))
      code.add(Path.of(entry).toAbsolutePath().normalize());
    Confinement confinement = new Confinement(Path.of(System.getProperty("java.io.tmpdir")), code);
    if (!List.of(args).contains(UNCONFINED)) System.setSecurityManager(confinement);

    Main main = new Main(confinement);
    while (true) {
      byte[] request;
      try {
        int length = in.readInt();
        if (length < 0 || length > MAX_REQUEST_BYTES) return;
        request = in.readNBytes(length);
      } catch (EOFException end) {
        return;
      }
      main.answer(new String(request, StandardCharsets.UTF_8).split("\t", -1), out);
      out.flush();
    }
  }

  private void answer(String[] words, DataOutputStream out) throws IOException {
    char kind = 'J';
    byte[] body;
    try {
      switch (words[0]) {
        case "formats" -> body = SlideFile.formats().getBytes(StandardCharsets.UTF_8);
        case "open" -> body = open(Path.of(words[1]), words[2]).getBytes(StandardCharsets.UTF_8);
        case "read" -> {
          kind = 'P';
          body = read(words);
        }
        case "locate" -> body = locate(words).getBytes(StandardCharsets.UTF_8);
        case "close" -> {
          close();
          body = "{}".getBytes(StandardCharsets.UTF_8);
        }
        default -> throw new BadRequest();
      }
    } catch (Throwable error) {
      kind = 'E';
      body = describe(error).getBytes(StandardCharsets.UTF_8);
    }
    out.writeByte(kind);
    out.writeInt(body.length);
    out.write(body);
  }

  private String open(Path folder, String path) throws Exception {
    close();
    confinement.permit(folder);
    try {
      file = new SlideFile(path);
      return file.describe();
    } catch (Throwable error) {
      close();
      throw error;
    }
  }

  private byte[] read(String[] words) throws Exception {
    int[] n = numbers(words, 8);
    return file.readRegion(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7] == 1);
  }

  private String locate(String[] words) throws Exception {
    int[] n = numbers(words, 5);
    return new Json().open('{').put("end", file.endOfTile(n[0], n[1], n[2], n[3], n[4])).close('}').toString();
  }

  private int[] numbers(String[] words, int count) {
    if (file == null) throw new BadRequest();
    int[] numbers = new int[count];
    for (int i = 0; i < count; i++) numbers[i] = Integer.parseInt(words[i + 1]);
    return numbers;
  }

  private void close() throws IOException {
    SlideFile old = file;
    file = null;
    try {
      if (old != null) old.close();
    } finally {
      confinement.forbid();
      if (Runtime.getRuntime().totalMemory() > ROOMY_HEAP_BYTES) System.gc();
    }
  }

  /** The kind of a failure and the class of the exception. Never its message, which can quote the file. */
  private static String describe(Throwable error) {
    String code = "damaged";
    if (error instanceof OutOfMemoryError) code = "memory";
    else if (error instanceof UnknownFormatException) code = "unknown_format";
    else if (error instanceof UnsupportedCompressionException || error instanceof MissingLibraryException
        || error instanceof loci.common.enumeration.EnumException) code = "unsupported";
    else if (error instanceof SecurityException) code = "denied";
    else if (error instanceof BadRequest) code = "bad_request";
    return new Json().open('{').put("code", code).put("cause", error.getClass().getSimpleName()).close('}').toString();
  }
}
