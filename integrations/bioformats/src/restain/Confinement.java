package restain;

import java.io.FileDescriptor;
import java.io.FilePermission;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketPermission;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.LinkPermission;
import java.nio.file.Path;
import java.security.Permission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * Keeps a reader from reaching the network, starting a program, reading a file outside the slide's folder, and writing
 * outside the scratch folder. Formats may name other files or addresses, so a crafted slide can ask for any of these.
 *
 * A path is judged by its real path, after every link and every ".." is resolved.
 *
 * This is one of two walls. The other one is made by the operating system around the whole process and does not depend on
 * this one. Java 24 removed the security manager; the server starts this program only with an older version.
 */
@SuppressWarnings("removal")
final class Confinement extends SecurityManager {
  /** Files of /proc and /dev that the runtime itself reads: memory limits and random numbers. */
  private static final Set<String> RUNTIME_FILES = Set.of("/proc/self/cgroup", "/proc/self/mountinfo", "/proc/cgroups",
      "/proc/meminfo", "/dev/random", "/dev/urandom");
  /** Native code is not confined by this class. These decode JPEG and JPEG XR and open no files; HDF5 and SQLite would. */
  private static final List<String> NATIVE_DECODERS = List.of("turbojpeg", "jxrjava");

  private final Path scratch;
  private final Path home;
  /** Real paths of the runtime's own files: Debian keeps some of them in /etc. */
  private final List<Path> code = new ArrayList<>();
  private final List<Path> slides = new CopyOnWriteArrayList<>();
  /** True while this class itself accesses files. */
  private final ThreadLocal<Boolean> isLooking = ThreadLocal.withInitial(() -> false);

  Confinement(Path scratch, List<Path> classPath) throws IOException {
    this.scratch = scratch.toRealPath();
    for (Path path : classPath) code.add(path.toRealPath());
    home = Path.of(System.getProperty("java.home")).toRealPath();
    code.add(home);
    code.addAll(targetsOfLinks(home));
    for (String zones : List.of("/usr/share/zoneinfo", "/etc/localtime", "/etc/timezone"))
      if (Files.exists(Path.of(zones))) code.add(Path.of(zones).toRealPath());
    // Called once before the manager is installed, so that all classes it needs are loaded before it judges class loading.
    checkRead(scratch.toString());
    checkWrite(scratch.resolve("none").toString());
  }

  private static List<Path> targetsOfLinks(Path folder) throws IOException {
    List<Path> targets = new ArrayList<>();
    try (Stream<Path> below = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) below.filter(Files::isSymbolicLink)::iterator)
        if (Files.isRegularFile(path)) targets.add(path.toRealPath());
    }
    return targets;
  }

  /** Allows reading of files in a folder, until {@link #forbid}. */
  void permit(Path folder) throws IOException {
    isLooking.set(true);
    try {
      slides.add(folder.toRealPath());
    } finally {
      isLooking.set(false);
    }
  }

  void forbid() {
    slides.clear();
  }

  @Override
  public void checkPermission(Permission permission) {
    if (permission instanceof SocketPermission || permission instanceof LinkPermission) throw denied();
    if (permission instanceof FilePermission) {
      String actions = permission.getActions();
      if (actions.equals("read") || actions.equals("readlink")) checkRead(permission.getName());
      else checkWrite(permission.getName());
    }
    if (permission.getName().equals("setSecurityManager")) throw denied();
  }

  @Override
  public void checkPermission(Permission permission, Object context) {
    checkPermission(permission);
  }

  @Override
  public void checkRead(String file) {
    if (isLooking.get() || RUNTIME_FILES.contains(file)) return;
    isLooking.set(true);
    try {
      assertReadable(Path.of(file).toAbsolutePath());
    } catch (IOException | RuntimeException error) {
      throw denied();
    } finally {
      isLooking.set(false);
    }
  }

  private void assertReadable(Path path) throws IOException {
    // Readers and the runtime look for companion files that rarely exist. That a file is missing is no secret.
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) return;
    Path real = path.toRealPath();
    if (real.startsWith(scratch) || isBelow(real, code)) return;
    boolean isPlain = Files.isRegularFile(real) || Files.isDirectory(real);
    if (!isPlain || !isBelow(real, slides)) throw denied();
  }

  @Override
  public void checkRead(String file, Object context) {
    checkRead(file);
  }

  @Override
  public void checkRead(FileDescriptor descriptor) {}

  /** A file that does not exist yet has no real path, but its folder has. */
  @Override
  public void checkWrite(String file) {
    boolean wasLooking = isLooking.get();
    isLooking.set(true);
    try {
      Path path = Path.of(file).toAbsolutePath();
      Path real = Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? path.toRealPath() : path.getParent().toRealPath();
      if (!real.startsWith(scratch)) throw denied();
    } catch (IOException | RuntimeException error) {
      throw denied();
    } finally {
      isLooking.set(wasLooking);
    }
  }

  @Override
  public void checkWrite(FileDescriptor descriptor) {}

  @Override
  public void checkDelete(String file) {
    checkWrite(file);
  }

  @Override
  public void checkExec(String command) {
    throw denied();
  }

  /** The runtime's own libraries have bare names or lie in its home; those of the jar are unpacked into scratch. */
  @Override
  public void checkLink(String library) {
    if (!library.contains("/") || library.startsWith(home + "/lib/")) return;
    String name = library.substring(library.lastIndexOf('/') + 1);
    if (NATIVE_DECODERS.stream().noneMatch(name::contains)) throw denied();
    checkWrite(library);
  }

  @Override
  public void checkConnect(String host, int port) {
    throw denied();
  }

  @Override
  public void checkConnect(String host, int port, Object context) {
    throw denied();
  }

  @Override
  public void checkListen(int port) {
    throw denied();
  }

  @Override
  public void checkAccept(String host, int port) {
    throw denied();
  }

  @Override
  public void checkMulticast(InetAddress address) {
    throw denied();
  }

  private static boolean isBelow(Path path, List<Path> folders) {
    for (Path folder : folders) if (path.startsWith(folder)) return true;
    return false;
  }

  private static SecurityException denied() {
    return new SecurityException("denied");
  }
}
