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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import loci.common.DebugTools;
import loci.formats.MissingLibraryException;
import loci.formats.UnknownFormatException;
import loci.formats.UnsupportedCompressionException;

/**
 * Reads slides for the server, over standard input and output, one request at a time.
 *
 * A request is a frame: 4 bytes of length (big-endian), then UTF-8 words parted by tabs. An answer is 1 byte of kind
 * ('J' JSON, 'P' RGB pixels, 'E' an error as JSON), 4 bytes of length, then as many bytes.
 *
 *   open ID FOLDER FILE                              -> J: what the file holds; FOLDER is all that it may read
 *   read ID SERIES LEVEL Z X Y WIDTH HEIGHT          -> P: WIDTH x HEIGHT x 3 bytes
 *   close ID                                         -> J
 *
 * Ends when standard input does.
 */
public final class Main {
  private static final int MAX_REQUEST_BYTES = 16_384;
  /** Heap that is given back to the system once a file is closed. */
  private static final long ROOMY_HEAP_BYTES = 256L << 20;

  private record Open(SlideFile file, Path folder) {}

  private final Map<String, Open> open = new HashMap<>();
  private final Confinement confinement;

  private Main(Confinement confinement) {
    this.confinement = confinement;
  }

  @SuppressWarnings("removal")
  public static void main(String[] args) throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
    // Readers print what they please, of the file's text too: none of it may reach the answers or a log.
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    System.setOut(nowhere);
    System.setErr(nowhere);
    DebugTools.setRootLevel("OFF");

    List<Path> code = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(System.getProperty("path.separator")))
      code.add(Path.of(entry).toAbsolutePath().normalize());
    Confinement confinement = new Confinement(Path.of(System.getProperty("java.io.tmpdir")), code);
    System.setSecurityManager(confinement);

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
        case "open" -> body = open(words[1], Path.of(words[2]), words[3]).getBytes(StandardCharsets.UTF_8);
        case "read" -> {
          kind = 'P';
          body = read(words);
        }
        case "close" -> {
          close(words[1]);
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

  private String open(String id, Path folder, String path) throws Exception {
    confinement.permit(folder);
    try {
      SlideFile file = new SlideFile(path);
      open.put(id, new Open(file, folder));
      return file.describe();
    } catch (Throwable error) {
      open.remove(id);
      confinement.forbid(folder);
      throw error;
    }
  }

  private byte[] read(String[] words) throws Exception {
    Open slide = open.get(words[1]);
    if (slide == null) throw new BadRequest();
    int[] n = new int[7];
    for (int i = 0; i < n.length; i++) n[i] = Integer.parseInt(words[i + 2]);
    return slide.file.readRegion(n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
  }

  private void close(String id) throws IOException {
    Open slide = open.remove(id);
    if (slide == null) return;
    try {
      slide.file.close();
    } finally {
      confinement.forbid(slide.folder);
      if (Runtime.getRuntime().totalMemory() > ROOMY_HEAP_BYTES) System.gc();
    }
  }

  /** The kind of a failure, and the class that raised it; never its message, which can quote the file. */
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
