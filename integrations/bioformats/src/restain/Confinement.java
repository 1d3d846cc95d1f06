package restain;

import java.io.FileDescriptor;
import java.io.FilePermission;
import java.net.InetAddress;
import java.net.SocketPermission;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.Permission;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a slide cannot make its reader do: reach the network, start a program, read a file outside its own folder, write
 * outside the process's scratch folder. Formats may name further files or addresses, so the file decides what is asked for.
 *
 * The security manager was dropped in Java 24; the server starts us only with an older one.
 */
@SuppressWarnings("removal")
final class Confinement extends SecurityManager {
  /** Needed by the runtime itself: its classes, time zones and random numbers. */
  private static final List<Path> RUNTIME = List.of(
      Path.of(System.getProperty("java.home")), Path.of("/usr/share/zoneinfo"), Path.of("/etc/localtime"),
      Path.of("/etc/timezone"), Path.of("/dev/random"), Path.of("/dev/urandom"), Path.of("/proc/self"));

  private final Path scratch;
  private final List<Path> code;
  private final List<Path> slides = new CopyOnWriteArrayList<>();
  /** Set while we look ourselves. */
  private final ThreadLocal<Boolean> isLooking = ThreadLocal.withInitial(() -> false);

  Confinement(Path scratch, List<Path> code) {
    this.scratch = scratch.toAbsolutePath().normalize();
    this.code = code;
  }

  /** Lets files below a folder be read, until {@link #forbid}. */
  void permit(Path folder) {
    slides.add(folder.toAbsolutePath().normalize());
  }

  void forbid(Path folder) {
    slides.remove(folder.toAbsolutePath().normalize());
  }

  @Override
  public void checkPermission(Permission permission) {
    if (permission instanceof SocketPermission) throw denied();
    if (permission instanceof FilePermission) {
      boolean isRead = permission.getActions().equals("read");
      if (isRead) checkRead(permission.getName());
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
    if (isLooking.get()) return;
    Path path = Path.of(file).toAbsolutePath().normalize();
    if (isBelow(path, slides) || path.startsWith(scratch) || isBelow(path, code) || isBelow(path, RUNTIME)) return;
    // Readers and the runtime ask after companions that rarely exist. That there is none may be known.
    if (exists(path)) throw denied();
  }

  private boolean exists(Path path) {
    isLooking.set(true);
    try {
      return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    } finally {
      isLooking.set(false);
    }
  }

  @Override
  public void checkRead(String file, Object context) {
    checkRead(file);
  }

  @Override
  public void checkRead(FileDescriptor descriptor) {}

  @Override
  public void checkWrite(String file) {
    if (!Path.of(file).toAbsolutePath().normalize().startsWith(scratch)) throw denied();
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
