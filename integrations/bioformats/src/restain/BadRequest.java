package restain;

/** A request of the server that makes no sense. It is the server's fault, not the file's. */
final class BadRequest extends RuntimeException {
  private static final long serialVersionUID = 1L;
}
